import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

/* The service worker keeps the app's own files and nothing else: prices and orders are never served
 * from a cache.  A new version waits until the user says so (src/app/update.ts), because a page
 * that trades must not change under the hand. */
const pwa = VitePWA({
  injectRegister: null,
  registerType: "prompt",
  workbox: {
    globPatterns: ["**/*.{js,css,html,svg,png,webmanifest}"],
    navigateFallback: "/index.html",
    navigateFallbackDenylist: [/^\/api\//],
    runtimeCaching: [],
    cleanupOutdatedCaches: true,
    sourcemap: false,
    /* importScripts is refused where Trusted Types are enforced, and the worker then keeps
     * nothing. */
    inlineWorkboxRuntime: true,
  },
  manifest: {
    name: "Bijli",
    short_name: "Bijli",
    description: "Trade NSE shares: watchlists, depth, charts, orders and positions.",
    id: "/",
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#0b0f14",
    theme_color: "#0b0f14",
    categories: ["finance"],
    icons: [
      { src: "/icons/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icons/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "/icons/maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
  },
});

export default defineConfig({
  plugins: [react(), tailwindcss(), pwa],
  build: {
    target: "es2022",
    /* A data: URL would need a looser Content-Security-Policy. */
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        /* Libraries change seldom: a new release then costs a client only our own few kilobytes. */
        manualChunks(id: string) {
          if (/node_modules\/(react|react-dom|scheduler|react-router)\//.test(id)) return "react";
          return undefined;
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
