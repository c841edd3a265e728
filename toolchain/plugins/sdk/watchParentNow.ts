/** For `node --require`: gives the watchdog to a program that knows nothing of it, such as the SDK's dynamic providers. */
import { watchParent } from "./watchdog";

watchParent();
