import { Buffer } from 'node:buffer'
import type { FieldPath } from '../../model/definitions.ts'

/** A member that is wanted, or that holds wanted ones. */
export type WantedMember = {
  /** UTF-8. */
  readonly name: Uint8Array
  /** Number of the field; -1: the member's object holds the wanted ones. */
  readonly field: number
  /** Said of a record once the member was met; a second one of its name is a matter for `JSON.parse`. */
  readonly bit: number
  /** Position of the member's object in `WantedMembers.objects`; -1: the member itself is wanted. */
  readonly object: number
}

/** An object on the way to a wanted member; the record itself is the first one. */
export type WantedObject = {
  readonly members: WantedMember[]
  /** Where the object that holds this one stands; -1 for the record itself. */
  readonly parent: number
  /** The record itself is at depth 1. */
  readonly depth: number
}

/**
 * The fields of a record that a mapping reads, as a tree.
 *
 * Fields are numbered in the order in which their paths are first named; one path has one number.
 */
export class WantedMembers {
  readonly objects: WantedObject[] = [{ members: [], parent: -1, depth: 1 }]
  readonly #fieldOf = new Map<string, number>()
  #bits = 0

  get fields(): number {
    return this.#fieldOf.size
  }

  /**
   * The number of the field at a path.
   *
   * @returns undefined where a scan cannot serve it: another field is (part of) an object on its way, there are too
   *   many, or the path is empty.
   */
  add(path: FieldPath): number | undefined {
    const key = JSON.stringify(path)
    const known = this.#fieldOf.get(key)
    if (known !== undefined) return known
    const last = path.at(-1)
    if (last === undefined) return undefined
    let object = 0
    for (const name of path.slice(0, -1)) {
      const next = this.#member(object, name)?.object ?? this.#addObject(object, name)
      if (next === undefined || next < 0) return undefined
      object = next
    }
    if (this.#member(object, last) !== undefined) return undefined
    const field = this.#fieldOf.size
    if (!this.#addMember(object, last, field, -1)) return undefined
    this.#fieldOf.set(key, field)
    return field
  }

  #member(object: number, name: string): WantedMember | undefined {
    const bytes = Buffer.from(name, 'utf8')
    return this.objects[object]?.members.find(member => bytes.equals(member.name))
  }

  #addObject(parent: number, name: string): number | undefined {
    const object = this.objects.length
    if (!this.#addMember(parent, name, -1, object)) return undefined
    this.objects.push({ members: [], parent, depth: (this.objects[parent] as WantedObject).depth + 1 })
    return object
  }

  #addMember(parent: number, name: string, field: number, object: number): boolean {
    if (this.#bits === MAX_MEMBERS) return false
    const bit = 1 << this.#bits++
    this.objects[parent]?.members.push({ name: Buffer.from(name, 'utf8'), field, bit, object })
    return true
  }
}

/** As many as an integer has bits without its sign. */
const MAX_MEMBERS = 31
