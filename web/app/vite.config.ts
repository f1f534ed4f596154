import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

import { formWords } from './scripts/form-words.ts';

// BANJIE_API: where a running server answers while `npm run dev` serves the pages.
const api = process.env.BANJIE_API ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [vue(), formWords()],
  base: '/',
  build: {
    outDir: '../static/app',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 2500,
  },
  server: { proxy: { '/api': api } },
});
