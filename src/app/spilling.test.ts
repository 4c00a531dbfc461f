import { expect, test } from 'vitest'
import { savesBeside } from './spilling.ts'

test('states that other machines go on from are not saved while rows lie on the disk of this one', async () => {
  let hasSpilled = true
  const saved: string[] = []
  const save = async () => void saved.push(hasSpilled ? 'with rows on disk' : 'without')
  const store = { hasSpilled: () => hasSpilled }
  const saves = { saveUnlessHeld: (act: () => Promise<void>) => act() }
  const shared = savesBeside(saves, store, 'clickhouse')
  await shared.saveUnlessHeld(save)
  expect(saved).toEqual([])
  await savesBeside(saves, store, 'directory').saveUnlessHeld(save)
  hasSpilled = false
  await shared.saveUnlessHeld(save)
  expect(saved).toEqual(['with rows on disk', 'without'])
})
