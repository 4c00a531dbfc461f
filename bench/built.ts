import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** As in the scripts of package.json: the fold is many small functions, and quicker where more of them become one. */
const flags = ['--max-inlined-bytecode-size=1200', '--max-inlined-bytecode-size-cumulative=4000']

const top = new URL('../', import.meta.url).pathname

/**
 * Runs a script of this folder in a process of its own, compiled as the product is, and gives what it prints.
 *
 * Inside the test runner every use of an imported name goes through an object: a loop over bytes costs several times
 * what it costs in the product, so what is measured there is mostly the runner.
 *
 * @param script its name, without ending.
 * @param words what it is told to do.
 * @param youngMiB how far the young generation may grow; the product's default.
 * @throws where it does not compile, or fails.
 */
export function runBuilt(script: string, words: readonly string[] = [], youngMiB = 64): string {
  const built = join(top, '.cache', 'bench')
  const compile = ['tsc', '-p', 'tsconfig.json', '--noEmit', 'false', '--noCheck', '--rootDir', '.', '--outDir', built]
  execFileSync('npx', compile, { cwd: top, stdio: ['ignore', 'inherit', 'inherit'] })
  const node = [...flags, `--max-semi-space-size=${youngMiB}`, join(built, 'bench', `${script}.js`), ...words]
  return execFileSync(process.execPath, node, { cwd: top, encoding: 'utf8' })
}
