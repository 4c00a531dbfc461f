import { words } from '../language/language.ts'

/** A way to take a list along as a table: the same path, asked for as CSV. */
export function CsvLink({ path }: { path: string }) {
  const address = `${path}${path.includes('?') ? '&' : '?'}format=csv`
  return (
    <a class="csv" href={address} download title={words.value.parts.csvTitle}>
      CSV
    </a>
  )
}
