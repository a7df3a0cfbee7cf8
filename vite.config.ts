/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// Django finds the entries by their source path in static/dist/manifest.json ({% vite_asset 'static/explorer/full.ts' %});
// `base` is where the static files of the portal are served, so that chunks, workers and fonts find each other.
const FIRST_PICTURE =
  /static\/explorer\/(?:explorer|options|acting\/(?:arranging|desk|loading)|client\/\w+|panels\/(?:dom|words)|reducers\/\w+|scene\/(?!scene-webgl|minimap|layout\.worker)[\w-]+|state\/(?!communities)\w+)\.ts$/;
const FURNITURE = /static\/explorer\/(?:acting|panels|table)\/(?!help)[\w-]+\.ts$/;

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    assetsDir: ".",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ["static/pages/site.ts", "static/explorer/embed.ts", "static/explorer/full.ts"],
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
        codeSplitting: {
          groups: [
            // What every entry needs of the bundler; pages have it already with site.ts.
            { name: "loading", test: /preload-helper|rolldown[/-]runtime/, priority: 2 },
            // What the first picture needs is one file: each further one would be asked for only when the one before has been read.
            { name: "explorer", test: FIRST_PICTURE, priority: 1 },
            { name: "furniture", test: FURNITURE },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  test: {
    include: ["tests/static/**/*.test.ts"],
    environment: "node",
  },
});
