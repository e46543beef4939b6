/** The files of the stick: what Windows would stumble over, checked without Windows. */
import assert from "node:assert/strict";

const FOLDER = new URL("../../winpe/", import.meta.url);
/** Files that Windows reads. */
const PAYLOAD = [
  "PEMEDIC.TAG",
  "autounattend.xml",
  "find-stick.cmd",
  "start-pemedic.cmd",
  "startnet.cmd",
  "winpeshl.ini",
] as const;

async function read(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(name, FOLDER));
}

/** Drive letters that are spelt out: `D:`, but neither `%L:` nor `http:`. */
function fixedLetters(text: string): string[] {
  return [...text.matchAll(/(?<![%A-Za-z0-9])([A-Za-z]):/g)].map((match) =>
    match[1]!.toUpperCase()
  );
}

/** The commands of a script, without comments. */
function commands(script: string): string[] {
  return script.split("\r\n").filter((line) => line !== "" && !/^rem\b/i.test(line));
}

Deno.test("the payload is complete, and its README names every file", async () => {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) names.push(name);
  assert.deepEqual(names.sort(), [".gitattributes", ...PAYLOAD, "README.md"].sort());
  const readme = await read("README.md");
  for (const name of PAYLOAD) assert.ok(readme.includes(`\`${name}\``), name);
});

Deno.test("the payload is ASCII with CRLF line ends", async () => {
  for (const name of PAYLOAD) {
    const text = await read(name);
    assert.match(text, /^[\t\r\n\x20-\x7e]*$/, name);
    assert.ok(text.endsWith("\r\n"), name);
    assert.deepEqual([...text.matchAll(/(?<!\r)\n|\r(?!\n)/g)], [], name);
  }
});

Deno.test("git keeps the line ends of the payload", async () => {
  const attributes = await read(".gitattributes");
  for (const pattern of ["*.cmd", "*.ini", "*.xml", "PEMEDIC.TAG"]) {
    assert.ok(attributes.split("\n").includes(`${pattern} text eol=crlf`), pattern);
  }
});

Deno.test("no file names a drive but X:", async () => {
  assert.deepEqual(fixedLetters("dir D:\\ & dir %L:\\ & x: http://"), ["D", "X"]);
  for (const name of [...PAYLOAD, "README.md"]) {
    const letters = fixedLetters(await read(name)).filter((letter) => letter !== "X");
    assert.deepEqual(letters, [], name);
  }
});

Deno.test("scripts start only what is there, by its own place or the found stick", async () => {
  const startnet = commands(await read("startnet.cmd"));
  assert.deepEqual(startnet.filter((line) => /^(call|wpe)/.test(line)), [
    "wpeinit",
    "wpeutil WaitForRemovableStorage",
    'call "%~dp0find-stick.cmd"',
    "call %PEMEDIC_STICK%\\start-pemedic.cmd",
  ]);
  assert.ok(commands(await read("start-pemedic.cmd")).includes('"%~dp0pemedic.exe" %*'));
  const [section, line, ...rest] = commands(await read("winpeshl.ini"));
  assert.deepEqual([section, rest], ["[LaunchApps]", []]);
  assert.ok(line!.length <= 250 && line!.endsWith("\\System32\\startnet.cmd"), line);
});

Deno.test("every goto and call in a script leads to a label", async () => {
  for (const name of PAYLOAD.filter((file) => file.endsWith(".cmd"))) {
    const lines = commands(await read(name));
    const labels = lines.filter((line) => line.startsWith(":")).map((line) => line.slice(1));
    const targets = lines.flatMap((line) =>
      [...line.matchAll(/\b(?:goto |call :)(\w+)/g)].map((match) => match[1]!)
    );
    for (const target of targets) assert.ok(labels.includes(target), `${name}: ${target}`);
  }
});

Deno.test("autounattend.xml is well-formed and starts PE Medic from the stick", async () => {
  const xml = await read("autounattend.xml");
  assert.deepEqual(elements(xml), [
    "unattend",
    "settings",
    "component",
    "RunSynchronous",
    "RunSynchronousCommand",
    "Order",
    "Description",
    "Path",
  ]);
  assert.match(xml, /<settings pass="windowsPE">/);
  const path = /<Path>(.*)<\/Path>/.exec(xml)?.[1] ?? "";
  // Setup takes no more than 259 characters.
  assert.ok(path.length > 0 && path.length <= 259, `${path.length}`);
  assert.match(path, /if exist %L:\\PEMEDIC\.TAG if exist %L:\\pemedic\.exe start /);
  assert.match(path, /%L:\\start-pemedic\.cmd$/);
});

Deno.test("elements() finds what is not well-formed", () => {
  assert.deepEqual(elements(`<a x="1"><!-- <b> --><c/><d>t</d></a>`), ["a", "c", "d"]);
  for (
    const broken of ["<a><b></a></b>", "<a>", "</a>", "<a x=1></a>", "<a></a><b></b>", "x<a/>"]
  ) {
    assert.throws(() => elements(broken), /not well-formed/, broken);
  }
});

/** The element names of a document in their order; throws if it is not well-formed. */
function elements(xml: string): string[] {
  const names: string[] = [];
  const open: string[] = [];
  const fail = () => new Error(`not well-formed near ${open.join(">")}`);
  const body = xml.replace(/^<\?xml [^>]*\?>/, "").replace(/<!--[^]*?-->/g, "");
  const tag = /<(\/?)([A-Za-z]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g;
  for (const [, closing, name, , empty, text, stray] of body.matchAll(tag)) {
    if (stray !== undefined) throw fail();
    if (text !== undefined) {
      if (open.length === 0 && text.trim() !== "") throw fail();
    } else if (closing === "/") {
      if (open.pop() !== name) throw fail();
    } else {
      if (open.length === 0 && names.length > 0) throw fail();
      names.push(name!);
      if (empty !== "/") open.push(name!);
    }
  }
  if (open.length > 0 || names.length === 0) throw fail();
  return names;
}
