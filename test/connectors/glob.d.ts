/** What vite puts in place of the call: every file of the pattern, by its path. */
interface ImportMeta {
  glob<T>(pattern: string, options: { eager: true; query?: '?raw'; import?: 'default' }): Record<string, T>
}
