"""Settings for metrics and traces."""

from pydantic import Field

from settings.environment import FromEnvironment
from settings.setting_types import OptionalText


class TelemetrySettings(FromEnvironment):
    """Each process serves its metrics on a separate port, never on the public port."""

    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which this process serves metrics to Prometheus. 0 disables metrics."
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address on which metrics are served. Use 0.0.0.0 in a container on a private network.",
    )
    prometheus_multiproc_dir: OptionalText = Field(
        None,
        description=(
            "Folder in which a worker's child processes share metrics. It must exist and be empty at start-up. "
            "A prefork worker without it serves no metrics."
        ),
    )
    otel_exporter_otlp_endpoint: OptionalText = Field(
        None,
        description="OTLP endpoint for traces, such as http://collector:4318. Needs the `otel` extra. Optional.",
    )
