import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server's own policy forbids inline scripts and other hosts; nothing here may inline code.
export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
