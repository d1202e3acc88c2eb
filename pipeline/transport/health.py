"""Health pages of a worker: `/healthz` (it runs) and `/readyz` (it gets on with its work, else why not)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.transport.app import BatchApp


def serve_health(app: "BatchApp") -> None:
    """Add the pages to the worker's web server."""

    @app.page("/healthz")
    async def healthz(web: Any, _: Any) -> Any:
        return web.json({"status": "running"})

    @app.page("/readyz")
    async def readyz(web: Any, _: Any) -> Any:
        complaints = app.watchdog.complaints
        if complaints:
            return web.json({"status": "not ready", "why": complaints}, status=503)
        return web.json({"status": "ready"})
