import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const server = process.env.CRM_SERVER ?? 'http://127.0.0.1:5080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    manifest: true,
    // The policy allows scripts of our own origin only: no polyfill or module may be inlined into the page.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { '/api': server, '/connect': server, '/.well-known': server, '/health': server, '/swagger': server } },
  // Without isolation Ant Design is loaded once a worker and not once a file: measured, a third of the processor time. What a file changes it cleans up.
  test: { environment: 'jsdom', setupFiles: './src/test/setup.ts', testTimeout: 60_000, css: false, isolate: false },
});
