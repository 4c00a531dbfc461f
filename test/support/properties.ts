import fc from 'fast-check'
import { seed } from './seed.ts'

// Before every test file: all properties begin from the seed.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
