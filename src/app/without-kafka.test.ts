import { expect, test } from 'vitest'
import { openPast } from './backtest/past.ts'
import { loadConfig } from './config.ts'
import { runRedrive } from './dlq.ts'

const config = loadConfig('data: x', 'stagewatch.yaml')

test('what needs topics says what to do where the configuration names no Kafka', async () => {
  await expect(runRedrive(config, { filter: {}, positions: [], again: false, dryRun: true })).rejects.toMatchObject({
    message: 'without Kafka there is no topic to send dead letters back to',
    remedy: expect.stringContaining('POST /api/v1/events'),
  })
  await expect(openPast({ inputs: [], config, stored: false }, [])).rejects.toMatchObject({
    message: 'the configuration names no Kafka whose topics could be read',
    remedy: expect.stringContaining('--stored'),
  })
})
