import { expect, test } from 'vitest'
import { Superseding } from './superseding.ts'

test('rows of earlier epochs leave once those that replace them are with the store', async () => {
  const told: string[] = []
  let left = () => {}
  const fold = {
    process: { name: 'orders' },
    source: 'scans,orders',
    isCatchingUp: false,
    isThroughHistory: true,
    partitionNumbers: [0, 1],
    takeOutput: () => [],
  }
  const superseding = new Superseding({
    store: { supersede: async (...of) => void told.push(of.join(' ')) },
    write: () => {},
    left: () => new Promise(resolve => (left = resolve)),
    folds: () => [fold],
    sinceOf: (_, partition) => partition,
  })
  superseding.look('orders')
  await Promise.resolve()
  expect(told).toEqual([])
  left()
  await new Promise(setImmediate)
  // Partition 0 began under the first epoch: there is nothing before it.
  expect(told).toEqual(['orders scans,orders 1 1'])
})
