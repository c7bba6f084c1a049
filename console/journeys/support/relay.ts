import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";
import { ADDRESS } from "./stack.ts";

/** Stands between the browser and the stack, and breaks their connections when it is told to. */
export class Relay {
  private readonly server: Server;
  private readonly open = new Set<Socket>();

  private constructor() {
    this.server = createServer((client) => this.join(client));
  }

  static async start(): Promise<Relay> {
    const relay = new Relay();
    relay.server.listen(0, "127.0.0.1");
    await once(relay.server, "listening");
    return relay;
  }

  /** The switch with which Chromium connects to the relay whenever it wants to reach the stack. */
  get chromiumSwitch(): string {
    const { port } = this.server.address() as AddressInfo;
    return `--host-resolver-rules=MAP ${new URL(ADDRESS).host} 127.0.0.1:${port}`;
  }

  /** Break all connections at once; new ones are accepted. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, "close");
  }

  private join(client: Socket): void {
    const { hostname, port } = new URL(ADDRESS);
    const stack = connect(Number(port), hostname);
    for (const [from, to] of [[client, stack], [stack, client]] as const) {
      this.open.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.open.delete(from);
        to.destroy();
      });
    }
  }
}
