import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { postCommand, sendCommand } from '../../src/dashboard/state/send-command.ts'

test('the command names the brokers, the topic and the record', () => {
  expect(sendCommand(['a:9092', 'b:9092'], 'orders.events', { key: null, value: '{"id":"A-1"}' })).toBe(
    `printf '%s\\n' '{"id":"A-1"}' | \\
  kafka-console-producer.sh --bootstrap-server a:9092,b:9092 --topic orders.events`,
  )
})

/** What a shell hands to the producer: its arguments, then what it reads. */
const handedOver = (command: string): string =>
  execFileSync(
    'sh',
    ['-c', `kafka() { printf '[%s]' "$@"; cat; }; ${command.replace('kafka-console-producer.sh', 'kafka')}`],
    {
      encoding: 'utf8',
    },
  )

test('a shell hands the record to the producer as it is, quotes and backslashes included', () => {
  const value = `{"name":"O'Neil \\"x\\" \\\\n $HOME \`id\`"}`
  expect(handedOver(sendCommand(['a:9092'], 'orders', { key: null, value }))).toBe(
    `[--bootstrap-server][a:9092][--topic][orders]${value}\n`,
  )
})

test('where the case is the key of the record, the key goes before the value', () => {
  expect(handedOver(sendCommand(['a:9092'], 'orders', { key: 'A-1', value: '{}' }))).toBe(
    '[--bootstrap-server][a:9092][--topic][orders][--property][parse.key=true][--property][key.separator=|]A-1|{}\n',
  )
})

test('a shell hands the record to curl as it is, with topic and key in the address', () => {
  const value = `{"name":"O'Neil \\"x\\" $HOME"}`
  const command = postCommand('http://127.0.0.1:8080', 'orders.events', { key: 'A 1&b', value })
  const said = execFileSync('sh', ['-c', `curl() { printf '[%s]' "$@"; }; ${command}`], { encoding: 'utf8' })
  expect(said).toBe(
    `[-H][Content-Type: application/json][http://127.0.0.1:8080/api/v1/events?topic=orders.events&key=A+1%26b][--data-binary][${value}]`,
  )
})
