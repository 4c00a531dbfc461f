import { remembered } from './remembered.ts'

/** By whom what the reader does is said to be done; undefined: nobody has said yet. The browser keeps it. */
export const readerName = remembered('reader')
