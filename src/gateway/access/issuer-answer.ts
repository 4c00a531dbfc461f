const MOST_BYTES = 1_048_576

/** What an issuer answers, as JSON. @throws Error where it does not, or not by itself: nobody else is asked in its place. */
export async function jsonOf(url: URL, request: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...request, redirect: 'error' }).catch((error: Error) => {
    throw new Error(`${url.origin} does not answer (${(error.cause as Error | undefined)?.message ?? error.message})`)
  })
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new Error(`${url.origin} answers more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  if (!response.ok) throw new Error(`${url.origin}${url.pathname} answers HTTP ${response.status}`)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new Error(`${url.origin}${url.pathname} answers what is no JSON`, { cause })
  }
}
