/** By which commands sign in to a process that runs; undefined: they do not. */
export function ownToken(): string | undefined {
  const { STAGEWATCH_TOKEN: token } = process.env
  return token === '' ? undefined : token
}
