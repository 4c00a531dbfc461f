import { holderOf } from '../journal/lock.ts'
import { CouldNotRun } from './could-not-run.ts'

/** Where the process that has a data folder serves its API. @throws CouldNotRun where none has it. */
export async function processIn(data: string): Promise<URL> {
  const holder = await holderOf(data).catch((cause: Error) => {
    const remedy = 'name the address of the process with --url, or run this as a user that may read the folder'
    throw new CouldNotRun({ problem: `the lock of ${data} cannot be read: ${cause.message}`, remedy, cause })
  })
  if (holder === undefined) {
    throw new CouldNotRun({
      problem: `no process has the data folder ${data}`,
      remedy: 'start one (stagewatch run), or name another folder (--data, --config) or an address (--url)',
    })
  }
  if (holder.address === undefined || !URL.canParse(holder.address)) {
    throw new CouldNotRun({
      problem: `process ${holder.pid} on ${holder.host} has ${data}, and does not say where it serves`,
      remedy: 'try again when it has started, or name its address with --url',
    })
  }
  const url = new URL(holder.address)
  // All addresses of a machine are listened on; from here it is this one.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return url
}
