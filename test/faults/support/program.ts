import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const project = fileURLToPath(new URL('../../../', import.meta.url))

/** The built program with failpoints that act, in a folder of its own. */
export type FailingProgram = {
  /** What Node runs. */
  readonly main: string
  /** Removes the folder. */
  close(): void
}

/**
 * Copies what `npm run build` has made and replaces the one file in which failpoints do nothing.
 *
 * @throws Error where the project has not been built.
 */
export async function buildFailingProgram(): Promise<FailingProgram> {
  if (!existsSync(join(project, 'dist/event/failpoint.js'))) throw new Error('the command is not built: npm run build')
  const folder = mkdtempSync(join(tmpdir(), 'stagewatch-failing-'))
  cpSync(join(project, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(project, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: fileURLToPath(new URL('./active-failpoint.ts', import.meta.url)),
      outDir: join(folder, 'dist/event'),
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'failpoint.js' } },
    },
  })
  const close = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', close)
  return { main: join(folder, 'dist/app/main.js'), close }
}
