"""What is shown to those who watch: where each process shows its figures, and where traces go."""

from pydantic import Field

from settings.environment import FromEnvironment
from settings.fields import OptionalText


class TelemetrySettings(FromEnvironment):
    """Each process has a port of its own for its figures; none of this is ever on the public port."""

    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which this process shows its figures to Prometheus; 0: none."
    )
    metrics_host: str = Field(
        "127.0.0.1", description="Address it listens on; in a container 0.0.0.0, on a network that is not public."
    )
    prometheus_multiproc_dir: OptionalText = Field(
        None,
        description=(
            "Folder, there and empty at the start, through which a worker's children share what they count. "
            "Without it the port of a prefork worker shows nothing."
        ),
    )
    otel_exporter_otlp_endpoint: OptionalText = Field(
        None, description="Where traces go, http://collector:4318; needs the extra `otel`. Empty: no traces."
    )
