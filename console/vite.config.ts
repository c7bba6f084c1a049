import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: "es2023",
    // The content security policy allows no inline script, and every browser that has ES2023 preloads modules itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node", isolate: false },
});
