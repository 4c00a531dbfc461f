import { defineConfig } from 'vite'

/** The page: `src/dashboard` → `dist/dashboard`, whose content the gateway serves. */
export default defineConfig({
  root: 'src/dashboard',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // The page's content security policy allows its own files only: no data: addresses, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
