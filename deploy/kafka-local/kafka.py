"""Runs one Apache Kafka broker on this machine for tests and experiments: KRaft, no container, no root.

    kafka.py run -- CMD ...     start it, run CMD with KAFKA_BOOTSTRAP_SERVERS set, stop it; CMD's exit code
    kafka.py start              start it and leave it running; prints the address, then that of its SASL listener
    kafka.py stop               stop the one that `start` left running

Whoever connects to the plain address may do everything. A second listener (KAFKA_SASL_BOOTSTRAP_SERVERS) asks for a user
(SCRAM-SHA-512 without TLS), who may do what access rules allow: the users of partners, as `amanah topics apply` makes them.

It needs Java 17 or newer, and Maven the first time to fetch the jars (`pom.xml`). All its data is in a temporary folder that
is deleted with it.
"""

import argparse
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).resolve().parent
JARS = HERE / "target" / "jars"
STATE = HERE / "target" / "running.json"
START_SECONDS = 60
STOP_SECONDS = 20

LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


def main() -> int:
    """Runs the verb of the command line."""
    parser = argparse.ArgumentParser(description="One Apache Kafka broker on this machine.")
    parser.add_argument("verb", choices=["run", "start", "stop"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- CMD ... (run only)")
    options = parser.parse_args()
    if options.verb == "stop":
        return stop()
    if options.verb == "start":
        broker = Broker()
        STATE.write_text(json.dumps({"pid": broker.process.pid, "folder": str(broker.folder)}))
        print(broker.servers, broker.sasl_servers, sep="\n")
        return 0
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("run needs a command: kafka.py run -- CMD ...")
    return run(command)


def run(command: list[str]) -> int:
    """Runs the command beside a broker; answers its exit code."""
    # SIGTERM must stop the broker, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    broker = Broker()
    try:
        addresses = {"KAFKA_BOOTSTRAP_SERVERS": broker.servers, "KAFKA_SASL_BOOTSTRAP_SERVERS": broker.sasl_servers}
        beside = {**os.environ, **addresses}
        return subprocess.run(command, env=beside).returncode  # noqa: S603 - it is what the caller asked for
    finally:
        broker.stop()


def stop() -> int:
    """Stops the broker that `start` started."""
    if not STATE.exists():
        print("no broker was started from here", file=sys.stderr)
        return 1
    state = json.loads(STATE.read_text())
    end(state["pid"])
    shutil.rmtree(state["folder"], ignore_errors=True)
    STATE.unlink()
    return 0


class Broker:
    """Running broker on free ports; `servers` is its plain address, `sasl_servers` the one that asks for a user."""

    def __init__(self) -> None:
        fetch_jars()
        self.folder = Path(tempfile.mkdtemp(prefix="amanah-kafka-"))
        self.port, controller, sasl = free_ports(3)
        self.servers, self.sasl_servers = f"127.0.0.1:{self.port}", f"127.0.0.1:{sasl}"
        properties = self.folder / "server.properties"
        properties.write_text(settings(self.folder, self.port, controller, sasl))
        (self.folder / "log4j2.properties").write_text(LOGGING)
        self._format()
        self._start()

    def restart(self, *, empty: bool = False) -> None:
        """Stops the broker and starts it on the same address, with the same data or with none."""
        self.end()
        if empty:
            shutil.rmtree(self.folder / "data")
            self._format()
        self._start()

    def end(self) -> None:
        """Stops the broker and keeps its data."""
        end(self.process.pid)
        self.process.wait()

    def stop(self) -> None:
        """Stops the broker and deletes its data."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _format(self) -> None:
        # One argument: an id may begin with a dash.
        properties = str(self.folder / "server.properties")
        formatting = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id()}", "-c", properties]
        if java(*formatting, folder=self.folder).wait() != 0:
            raise SystemExit(self._failed())

    def _start(self) -> None:
        self.process = java("kafka.Kafka", str(self.folder / "server.properties"), folder=self.folder)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit(self._failed())

    def _failed(self) -> str:
        return f"Kafka did not start:\n{(self.folder / 'kafka.log').read_text()[-4000:]}"


def fetch_jars() -> None:
    """Fetches the jars with Maven, unless they are there for this pom.xml."""
    pom = (HERE / "pom.xml").read_text()
    brought = JARS / "brought-by.xml"
    if brought.exists() and brought.read_text() == pom:
        return
    shutil.rmtree(JARS, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    # Its standard output has the addresses alone.
    subprocess.run([*command, f"-DoutputDirectory={JARS}"], check=True, stdout=sys.stderr)  # noqa: S603 - a fixed command
    brought.write_text(pom)


def settings(folder: Path, port: int, controller: int, sasl: int) -> str:
    """Broker properties: one node as broker and controller, bound to this machine, no automatic topics."""
    return "\n".join(
        [
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL://127.0.0.1:{sasl}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL://127.0.0.1:{sasl}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
            "listener.name.sasl.sasl.enabled.mechanisms=SCRAM-SHA-512",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config="
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
            "controller.listener.names=CONTROLLER",
            f"log.dirs={folder / 'data'}",
            "auto.create.topics.enable=false",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=4",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
            "",
        ]
    )


def java(*arguments: str, folder: Path) -> subprocess.Popen[bytes]:
    """Starts a small Java process in a session of its own, so that Ctrl-C reaches the command first."""
    options = ["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dkafka.logs.dir={folder}"]
    logging = f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}"
    with (folder / "kafka.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - a fixed command
            [shutil.which("java") or "java", *options, logging, "-cp", f"{JARS}/*", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(pid: int) -> None:
    """Stops the process: SIGTERM first, then SIGKILL."""
    deadline = time.monotonic() + STOP_SECONDS
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            if finished(pid):
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def finished(pid: int) -> bool:
    """Tells if the process has ended, and reaps it when it is a child."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        os.kill(pid, 0)
        return False


def free_ports(count: int) -> list[int]:
    """Finds free ports of 127.0.0.1."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def cluster_id() -> str:
    """Makes a new id in Kafka's form: 16 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")


if __name__ == "__main__":
    sys.exit(main())
