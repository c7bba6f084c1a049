import type { RunResponse } from "../../generated/api.ts";

/** A variable that make browser-test sets. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; start the journeys with make browser-test`);
  return value;
}

/** The address of the stack, such as http://127.0.0.1:8080. */
export const ADDRESS = required("SLUICE_ADDRESS");
export const CHROMIUM = required("CHROMIUM");

/** The API, used as a program does: to prepare what a journey needs and to compare with what the page shows. */
export class Api {
  private readonly user: string;

  constructor(user: string) {
    this.user = user;
  }

  async get<T>(path: string): Promise<T> {
    return this.ask<T>(path, {});
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>("POST", path, body);
  }

  async patch<T>(path: string, body: unknown): Promise<T> {
    return this.send<T>("PATCH", path, body);
  }

  async delete<T>(path: string): Promise<T> {
    return this.ask<T>(path, { method: "DELETE" });
  }

  private send<T>(method: string, path: string, body: unknown): Promise<T> {
    return this.ask<T>(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  }

  private async ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { ...init.headers, "X-Dev-User": this.user };
    const answer = await fetch(ADDRESS + path, { ...init, headers });
    if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  run(runId: string): Promise<RunResponse> {
    return this.get<RunResponse>(`/api/runs/${runId}`);
  }
}
