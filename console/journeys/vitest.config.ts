import { defineConfig } from "vitest/config";

// The journeys are mostly waiting for the stack, so two go on at the same time.
export default defineConfig({
  test: {
    include: ["journeys/**/*.journey.ts"],
    environment: "node",
    isolate: false,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
