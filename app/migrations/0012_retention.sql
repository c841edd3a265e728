-- What is past its time may go.
grant delete on evaluations, model_usage to agent_platform_app;
