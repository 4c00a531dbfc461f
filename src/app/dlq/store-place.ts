import { instant } from '../../event/instant.ts'
import type { Config } from '../config.ts'
import { openStoreAlone, type StoreAlone } from '../store-alone.ts'
import type { DeadLetterPlace } from './place.ts'

/**
 * Dead letters in the store of a configuration.
 *
 * @throws CouldNotRun where it is in use or not there, StoreError where it cannot be opened.
 */
export async function openStorePlace(config: Config): Promise<DeadLetterPlace> {
  return placeIn(
    await openStoreAlone(config, {
      missing: 'name the configuration of the process that keeps the dead letters',
      inUse:
        'stop that process, or let dead letters go to a topic too (kafka.dead_letters), from where they can be read at any time',
    }),
  )
}

const placeIn = ({ store, name, close }: StoreAlone): DeadLetterPlace => ({
  name,
  async each(filter, use) {
    for await (const letter of store.keptDeadLetters(filter)) await use(letter)
  },
  async note(marks) {
    const at = instant(Date.now())
    store.write({ redriven: marks.map(mark => ({ ...mark, at })) })
    await store.flush()
  },
  close,
})
