import { signal } from '@preact/signals'
import type { StreamClient } from './stream-client.ts'

/** The page's stream, once it has been opened. */
export const stream = signal<StreamClient | undefined>(undefined)
