"""Two homes behind routers, a public network between them, and Duet and coturn in it.

    home a -- wifi router ---link---+            +-- web: nginx, daphne (call.test)
          `-- mobile router -link---+-- public --+
    home b -- wifi router ---link---+            +-- turn: coturn (turn.test)

Everything has a network namespace of its own. The links are programs (link.py), the routers
translate addresses with nftables.
"""

import atexit
import os
import sys
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path

from tests.networks import documented, namespaces
from tests.networks.certificates import Authority
from tests.networks.link import Link
from tests.networks.namespaces import Namespace
from tests.support.commands import MANAGE, PRODUCTION, copy_checkout, run
from tests.support.processes import Process, running

CALL, TURN = "call.test", "turn.test"
URL = f"https://{CALL}"

# How people reach each other: by the example of the settings, or by a part of it.
STUN_ONLY = {"STUN_URLS": documented.example("STUN_URLS")}
EXAMPLE = {
    **STUN_ONLY,
    "TURN_URLS": documented.example("TURN_URLS"),
    "TURN_SECRET": documented.coturn_option("static-auth-secret"),
}
RELAY_ONLY = {**EXAMPLE, "ICE_TRANSPORT_POLICY": "relay"}


class Nat(StrEnum):
    """What a router does to those behind it."""

    CONE = "cone"
    """One public port for a port at home, but answers only from where something was sent."""
    SYMMETRIC = "symmetric"
    """Every destination gets another public port."""
    TCP_ONLY = "TCP only"
    """Nothing but TCP to the ports of TLS: 443 and 5349."""
    HTTPS_ONLY = "443 only"


MASQUERADE = {Nat.SYMMETRIC: "masquerade fully-random"}
OUTSIDE_ONLY = {Nat.TCP_ONLY: "443, 5349", Nat.HTTPS_ONLY: "443"}

# What comes unasked is dropped on input: it would else be remembered as a connection to the
# router itself, and the answer from home would get another port than the one announced.
RULES = """
table ip nat {{
  chain leaving {{
    type nat hook postrouting priority 100
    oifname "wan" {masquerade}
  }}
}}
table ip filter {{
  chain own {{
    type filter hook input priority 0
    iifname "wan" ct state new drop
  }}
  chain through {{
    type filter hook forward priority 0
    iifname "wan" ct state new,invalid drop
    {forbidden}
  }}
}}
"""

# TURN over TLS at both of its usual ports, whichever of them coturn has.
TURN_TLS_PORT = int(documented.coturn_option("tls-listening-port"))
BOTH_TLS_PORTS = f"""
table ip nat {{
  chain coming {{
    type nat hook prerouting priority -100
    iifname "wan" tcp dport {{ 443, 5349 }} redirect to :{TURN_TLS_PORT}
  }}
}}
"""


def rules(nat: Nat) -> str:
    ports = OUTSIDE_ONLY.get(nat)
    forbidden = "meta l4proto udp drop\n    " if ports else ""
    forbidden += f'iifname "lan" tcp dport != {{ {ports} }} drop' if ports else ""
    return RULES.format(masquerade=MASQUERADE.get(nat, "masquerade"), forbidden=forbidden)


class Router:
    """An uplink of a home: a device there, a router with NAT, and a link to the public network."""

    def __init__(self, public: Namespace, home: Namespace, device: str, number: int) -> None:
        self.namespace = namespace = Namespace(f"{home.label}-{device}")
        self.gateway = f"192.168.{number}.1"
        namespace.ip(
            f"link add lan type veth peer name {device} netns {home.name}",
            f"addr add {self.gateway}/24 dev lan",
            "link set lan up",
        )
        self.leased = f"192.168.{number}.2/24"
        self.link = Link(namespace, public, f"link{number}")
        outer, inner = f"198.51.100.{4 * number + 1}", f"198.51.100.{4 * number + 2}"
        public.ip(f"addr add {outer}/30 dev link{number}", f"link set link{number} up")
        namespace.ip(
            f"addr add {inner}/30 dev wan", "link set wan up", f"route add default via {outer}"
        )
        namespace.forward()
        self.set_nat(Nat.CONE)

    def set_nat(self, nat: Nat) -> None:
        """For new connections and for those there are."""
        self.namespace.firewall(rules(nat))


class Home:
    """Where a person is: the devices, the routers behind them, and a browser's own directory."""

    def __init__(self, name: str, directory: Path, authority: Authority) -> None:
        self.namespace = Namespace(name)
        self.directory = directory / name
        self.directory.mkdir()
        authority.trusted_in(self.directory / ".pki" / "nssdb")
        self.authority = authority
        self.routers: dict[str, Router] = {}
        # As with systemd-resolved, a name server on the machine itself.
        self.namespace.file("resolv.conf", "nameserver 127.0.0.1\n")
        self.namespace.file("hosts", "127.0.0.1 localhost\n")

    def add(self, public: Namespace, device: str, number: int) -> None:
        self.routers[device] = Router(public, self.namespace, device, number)

    def use(self, device: str) -> None:
        """Be in this network, and in no other. There is no moment without one.

        As a system does it: an address is given when a network is there, and goes with it. From
        that a browser knows of the change; that a device is up tells it nothing.
        """
        router = self.routers[device]
        others = [name for name in self.routers if name != device]
        self.namespace.ip(
            f"link set {device} up",
            f"addr replace {router.leased} dev {device}",
            f"route replace default via {router.gateway} dev {device}",
            *(f"addr flush dev {other}" for other in others),
            *(f"link set {other} down" for other in others),
        )

    @property
    def wifi(self) -> Router:
        return self.routers["wifi"]

    def names(self, addresses: dict[str, str]) -> Process:
        """Its name server."""
        records = [f"--host-record={host},{address}" for host, address in addresses.items()]
        options = [
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            "--user=root", "--pid-file=", "--log-facility=-", "--bind-interfaces",
            "--listen-address=127.0.0.1", "--local=/test/",
        ]  # fmt: skip
        return Process(self.namespace.command("dnsmasq", *options, *records), {})


class Host:
    """A machine in the public network."""

    def __init__(self, public: Namespace, name: str, number: int) -> None:
        self.namespace = Namespace(name)
        gateway, self.address = f"203.0.113.{4 * number + 1}", f"203.0.113.{4 * number + 2}"
        self.namespace.ip(
            f"link add wan type veth peer name {name} netns {public.name}",
            f"addr add {self.address}/30 dev wan",
            "link set wan up",
            f"route add default via {gateway}",
        )
        public.ip(f"addr add {gateway}/30 dev {name}", f"link set {name} up")


class Rig:
    """All of it. Conditions hold until ``reset``."""

    def __init__(self, directory: Path) -> None:
        namespaces.remove_abandoned()
        # For a run that ends without the fixtures: everything in a namespace ends with it.
        atexit.register(namespaces.remove, os.getpid())
        self.directory = directory
        self.authority = Authority(directory)
        for host in (CALL, TURN):
            self.authority.issue(host)
        self.public = Namespace("public")
        self.public.forward()
        self.web = Host(self.public, "web", 0)
        self.turn = Host(self.public, "turn", 1)
        self.a, self.b = (Home(name, directory, self.authority) for name in ("a", "b"))
        self.a.add(self.public, "wifi", 1)
        self.b.add(self.public, "wifi", 2)
        self.a.add(self.public, "mobile", 3)
        self._stack = AsyncExitStack()
        self._serving = AsyncExitStack()
        self._variables: dict[str, str] = {}

    @property
    def homes(self) -> tuple[Home, Home]:
        return self.a, self.b

    @property
    def routers(self) -> list[Router]:
        return [router for home in self.homes for router in home.routers.values()]

    async def start(self) -> None:
        """Everything but Duet itself, which ``serve`` starts."""
        self.checkout = copy_checkout(self.directory / "duet")
        done = run([*MANAGE, "collectstatic", "--noinput"], PRODUCTION, cwd=self.checkout)
        assert done.returncode == 0, done.stderr
        addresses = {CALL: self.web.address, TURN: self.turn.address}
        for home in self.homes:
            server = await self._stack.enter_async_context(running(home.names(addresses)))
            await server.printed("started")
        nginx = await self._stack.enter_async_context(running(self._nginx()))
        await self.web.namespace.listens(nginx, 443)
        coturn = await self._stack.enter_async_context(running(self._coturn()))
        await self.turn.namespace.listens(coturn, 3478, TURN_TLS_PORT)

    async def stop(self) -> None:
        await self._serving.aclose()
        await self._stack.aclose()
        for router in self.routers:
            router.link.stop()
        namespaces.remove(os.getpid())

    async def serve(self, variables: dict[str, str]) -> None:
        """Have Duet run with these variables."""
        if variables == self._variables:
            return
        await self._serving.aclose()
        duet = await self._serving.enter_async_context(running(self._daphne(variables)))
        await duet.printed("Listening on TCP address")
        self._variables = variables

    def reset(self, delay: float = 10) -> None:
        """The best of networks: two cones, wifi, and so many milliseconds each way of a link."""
        for home in self.homes:
            home.use("wifi")
        for router in self.routers:
            router.set_nat(Nat.CONE)
            router.link.set(delay=delay)

    def _daphne(self, variables: dict[str, str]) -> Process:
        command = [
            sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", "8000",
            "config.asgi:application",
        ]  # fmt: skip
        env = {**PRODUCTION, "ALLOWED_HOSTS": CALL, "TRUST_PROXY": "1", **variables}
        return Process(self.web.namespace.command(*command), env, cwd=self.checkout)

    def _nginx(self) -> Process:
        directory = self.directory / "nginx"
        directory.mkdir()
        (directory / "site.conf").write_text(documented.nginx(self.directory))
        (directory / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {directory}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; proxy_temp_path {directory}/proxy;\n"
            f"include {directory}/site.conf; }}\n"
        )
        command = self.web.namespace.command("nginx", "-c", str(directory / "nginx.conf"))
        return Process(command, {})

    def _coturn(self) -> Process:
        self.turn.namespace.firewall(BOTH_TLS_PORTS)
        config = self.directory / "turnserver.conf"
        config.write_text(documented.coturn(self.directory))
        command = self.turn.namespace.command(
            "turnserver", "-c", str(config), "--no-cli", "--log-file=stdout",
            f"--pidfile={self.directory}/turnserver.pid", f"--userdb={self.directory}/turndb",
        )  # fmt: skip
        return Process(command, {})
