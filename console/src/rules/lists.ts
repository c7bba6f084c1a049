/** What somebody has typed as a list, with commas, semicolons or lines between; each once. */
export function listIn(text: string): string[] {
  return [...new Set(text.split(/[,;\n]/).map((one) => one.trim()).filter(Boolean))];
}
