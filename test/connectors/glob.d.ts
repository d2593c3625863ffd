/** What vite puts in place of the call: every file of the pattern, by its path. */
interface ImportMeta {
  glob<T>(pattern: string, options: { eager: true }): Record<string, T>
}
