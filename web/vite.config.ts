import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the API: a running `syntra dev`, or dev/fake-api.mjs. */
const api = process.env.SYNTRA_URL ?? "http://127.0.0.1:8700";

export default defineConfig({
  plugins: [
    tanstackRouter({ target: "react", autoCodeSplitting: true, quoteStyle: "double", semicolons: true }),
    react(),
    tailwindcss(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    manifest: "assets/manifest.json",
    modulePreload: { polyfill: false },
    // The content policy allows no data: fonts, and hashed files cache better than inlined ones.
    assetsInlineLimit: 0,
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: api, ws: true } } },
  test: { environment: "happy-dom", environmentOptions: { happyDOM: { url: "http://syntra.test/" } }, include: ["src/**/*.test.{ts,tsx}"], testTimeout: 15_000 },
});
