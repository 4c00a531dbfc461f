import { expect, test } from 'vitest'
import { terminalLog } from './terminal-log.ts'

function written(level: string, log: (logger: ReturnType<typeof terminalLog>) => void): string {
  let text = ''
  log(
    terminalLog(level, line => {
      text += line
    }),
  )
  return text
}

test('people read sentences with their details, no JSON', () => {
  const text = written('info', logger => {
    logger.info({ unwrittenRows: 120, segment: { warehouse: 'WH-2' } }, 'rows were not written yet')
    logger.error({ process: 'orders', remedy: 'start the broker' }, 'the broker is away')
    logger.fatal({ err: new Error('disk full') }, 'the process cannot go on')
  })
  expect(text).toBe(
    `stagewatch: rows were not written yet (unwritten rows 120, segment {"warehouse":"WH-2"})
stagewatch: the broker is away (process orders)
  remedy: start the broker
stagewatch: the process cannot go on: disk full
`,
  )
})

test('what is below the level is not written, by children with a level of their own neither', () => {
  const text = written('info', logger => {
    logger.debug('quiet')
    logger.child({}, { level: 'warn' }).info('quiet too')
    logger.child({}, { level: 'warn' }).warn('heard')
  })
  expect(text).toBe('stagewatch: heard\n')
})
