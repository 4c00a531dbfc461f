#!/usr/bin/env -S node --max-semi-space-size=64 --max-inlined-bytecode-size=1200 --max-inlined-bytecode-size-cumulative=4000
import { runCommandLine } from './command-line.ts'

// A reader that has seen enough (`stagewatch check | head`) closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCommandLine(process.argv.slice(2), {
  print: text => process.stdout.write(text),
  complain: text => process.stderr.write(text),
})
