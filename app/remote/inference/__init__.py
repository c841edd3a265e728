"""Models behind Ray Serve: embedding, reranking and recognition of scanned pages."""
