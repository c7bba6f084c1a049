import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly isStream: boolean;
}

/** Stands between a page and the service: it notes what is asked and sees, delays nothing, and may cut streams. */
export class Relay {
  readonly asked: Asked[] = [];
  /** Called with each piece of a stream; how many of its bytes go on. After less than all the connection is cut. */
  onPiece: (piece: Buffer) => number = (piece) => piece.length;
  private readonly server: Server;
  private readonly service: URL;

  private constructor(service: string) {
    this.service = new URL(service);
    this.server = createServer((from, to) => this.pass(from, to));
  }

  static async before(service: string): Promise<Relay> {
    const relay = new Relay(service);
    relay.server.listen(0, "127.0.0.1");
    await once(relay.server, "listening");
    return relay;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private pass(from: IncomingMessage, to: ServerResponse): void {
    const { url: path = "/", method, headers } = from;
    const isStream = headers.accept === "text/event-stream";
    this.asked.push({ at: Date.now(), path, isStream });
    const { hostname, port, host, origin } = this.service;
    const own = headers.origin ? { host, origin } : { host };
    const onward = request({ hostname, port, path, method, headers: { ...headers, ...own } }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      to.flushHeaders();
      let isCut = false;
      answer.on("data", (piece: Buffer) => {
        if (isCut) return; // what came while the last bytes were written: after a gap nothing may follow
        const passed = isStream ? this.onPiece(piece) : piece.length;
        isCut = passed < piece.length;
        if (isCut) to.write(piece.subarray(0, passed), () => to.destroy());
        else to.write(piece);
      });
      answer.on("end", () => to.end());
      answer.on("error", () => to.destroy());
    });
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  }
}
