"""The demo: a simulated workspace, played as real webhooks and judged while one watches."""
