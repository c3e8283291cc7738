// Compares what `tasker publish` leaves of TypeScript with what TypeScript itself makes of it:
//
//     node typescript.mjs SOURCES OUT
//
// SOURCES is a list of { name, source, erased, refused }: the JavaScript that is left, or why the source is refused. OUT becomes the
// list of differences. The working folder is the one with the packages.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// Packages are looked for from the working folder on.
const ts = createRequire(join(process.cwd(), 'x.js'))('typescript')
const [sourcesFile, outFile] = process.argv.slice(2)

const compilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  removeComments: true,
}

// The program as a tree of lists. What is not in it means nothing: parentheses, empty statements, exports of nothing, and imports of no
// name besides another.
function tree(text, name) {
  const file = ts.createSourceFile(`${name}.js`, `${text}\nexport {}`, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS)
  if (file.parseDiagnostics.length > 0) throw new Error(ts.flattenDiagnosticMessageText(file.parseDiagnostics[0].messageText, ' '))
  const dump = (node) => {
    if (ts.isParenthesizedExpression(node)) return dump(node.expression)
    if (ts.isEmptyStatement(node) || ts.isSemicolonClassElement(node)) return null
    if (ts.isExportDeclaration(node) && !node.moduleSpecifier && node.exportClause?.elements?.length === 0) return null
    if (ts.isNamedImports(node) && node.elements.length === 0 && node.parent.name) return null
    const list = [ts.SyntaxKind[node.kind]]
    if (node.text !== undefined && !ts.isSourceFile(node)) list.push(node.text)
    if (node.operator !== undefined) list.push(ts.SyntaxKind[node.operator])
    if (ts.isVariableDeclarationList(node)) list.push(node.flags & ts.NodeFlags.BlockScoped)
    ts.forEachChild(node, (child) => {
      const dumped = dump(child)
      if (dumped) list.push(dumped)
    })
    return list
  }
  return dump(file)
}

// Where two trees differ first.
function difference(ours, theirs) {
  if (!Array.isArray(ours) || !Array.isArray(theirs)) {
    return ours === theirs ? null : `${JSON.stringify(ours)?.slice(0, 300)} and not ${JSON.stringify(theirs)?.slice(0, 300)}`
  }
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const found = difference(ours[at], theirs[at])
    if (found) return found
  }
  return null
}

// Whether a source has what TypeScript makes code of, or what looks like JSX.
function isMoreThanTypes(source) {
  const isDeclared = (node) => ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.DeclareKeyword)
  const hasCode = (body) =>
    ts.isModuleDeclaration(body) ? hasCode(body.body) : body.statements.some((one) => !ts.isTypeAliasDeclaration(one) && !ts.isInterfaceDeclaration(one) && !(ts.isModuleDeclaration(one) && !hasCode(one.body)))
  const isMore = (node) =>
    ts.isEnumDeclaration(node) ||
    (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && !(node.flags & ts.NodeFlags.GlobalAugmentation) && hasCode(node.body)) ||
    ts.isParameterPropertyDeclaration(node, node.parent) ||
    (ts.isImportEqualsDeclaration(node) && !node.isTypeOnly) ||
    (ts.isExportAssignment(node) && node.isExportEquals === true) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isDecorator(node)
  const within = (node) => !isDeclared(node) && (isMore(node) || ts.forEachChild(node, within) || false)
  return within(ts.createSourceFile('x.ts', source, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS))
}

const differences = []
for (const { name, source, erased, refused } of JSON.parse(readFileSync(sourcesFile, 'utf8'))) {
  const made = ts.transpileModule(source, { compilerOptions, reportDiagnostics: true, fileName: `${name}.ts` })
  const isMore = isMoreThanTypes(source)
  try {
    if (isMore !== (refused !== null)) throw new Error(isMore ? 'is more than types' : `refused in vain: ${refused}`)
    const found = isMore ? null : difference(tree(erased, name), tree(made.outputText, name))
    if (found) throw new Error(found)
  } catch (error) {
    differences.push(`${name}: ${error.message}`)
  }
}
writeFileSync(outFile, JSON.stringify(differences))
