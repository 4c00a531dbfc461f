/** A runbook is a link where it is an address, and a place in a repository otherwise. */
export function Runbook({ place }: { place: string }) {
  const isAddress = /^https?:\/\//i.test(place) && URL.canParse(place)
  if (!isAddress) return <code>{place}</code>
  return (
    <a href={place} target="_blank" rel="noreferrer">
      {new URL(place).host + new URL(place).pathname}
    </a>
  )
}
