/** The hosts file: what blocks, what only looks like it, and that no byte gets lost. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLatin1, encodeLatin1 } from "../../src/base/mod.ts";
import {
  blockingLines,
  commentOut,
  HOSTS_PATH,
  openWindows,
  parseHosts,
  readHostsFile,
} from "../../src/windows/mod.ts";
import { labWith } from "./rooms.ts";

const HOST = "fe3.delivery.mp.microsoft.com";
const HOSTS = `D:\\${HOSTS_PATH}`;

/** The text after the blocking lines were made comments; bytes as Latin-1 characters. */
function freed(text: string): string {
  const lines = parseHosts(text);
  return commentOut(lines, blockingLines(lines));
}

for (
  const address of [
    "0.0.0.0",
    "127.0.0.1",
    "127.1.2.3",
    "0",
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "255.255.255.255",
  ]
) {
  Deno.test(`a line with ${address} sends its hosts nowhere`, () => {
    assert.equal(freed(`${address}\t${HOST}\r\n`), `# ${address}\t${HOST}\r\n`);
  });
}

const ALIKE: readonly [string, string][] = [
  ["a comment already", `# 0.0.0.0 ${HOST}\r\n`],
  ["a name in the comment behind another", `0.0.0.0 example.org # ${HOST}\r\n`],
  [
    "a host that merely contains the name",
    "0.0.0.0 notwindowsupdate.com windowsupdate.com.evil.org\n",
  ],
  ["a server that redirects updates", `192.168.1.20 ${HOST}\r\n`],
  ["an address that is no address", `127.0.0.1.5 ${HOST}\n`],
  ["an address without names", "0.0.0.0\r\n"],
  ["names of telemetry", "0.0.0.0 vortex.data.microsoft.com statsfe2.update.microsoft.com\n"],
  ["nothing", ""],
];

for (const [what, text] of ALIKE) {
  Deno.test(`left alone: ${what}`, () => {
    assert.deepEqual(blockingLines(parseHosts(text)), []);
    assert.equal(freed(text), text);
  });
}

Deno.test("case, tabs, a dot at the end and a comment behind do not hide a host", () => {
  const text = " \t0.0.0.0 \tFE3.Delivery.MP.Microsoft.COM. #blocked\n";
  assert.equal(freed(text), `# ${text}`);
});

Deno.test("other names of a line keep their line, with the same mark of the end", () => {
  for (const end of ["\r\n", "\n"]) {
    const text = `0.0.0.0 a.example ${HOST} b.example${end}10.0.0.1 c${end}`;
    const comment = `# 0.0.0.0 a.example ${HOST} b.example${end}`;
    assert.equal(freed(text), `${comment}0.0.0.0 a.example b.example${end}10.0.0.1 c${end}`);
  }
  assert.equal(freed(`0.0.0.0 ${HOST} b`), `# 0.0.0.0 ${HOST} b\r\n0.0.0.0 b`);
});

Deno.test("a byte order mark stays at the beginning and does not hide the first line", () => {
  const mark = "\xef\xbb\xbf";
  assert.equal(freed(`${mark}0.0.0.0 ${HOST}\r\n`), `${mark}# 0.0.0.0 ${HOST}\r\n`);
  const later = `10.0.0.1 a\n${mark}0.0.0.0 ${HOST}\n`;
  assert.equal(freed(later), later, "in the middle it is part of a name that no one knows");
});

Deno.test("what is split is whole again, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const lines = parseHosts(decodeLatin1(bytes));
      assert.deepEqual(encodeLatin1(lines.map(({ raw }) => raw).join("")), bytes);
      const again = parseHosts(commentOut(lines, blockingLines(lines)));
      assert.deepEqual(blockingLines(again), []);
    }),
  );
});

Deno.test("making comments of what blocks keeps every other byte, and once is enough", () => {
  const field = fc.constantFrom("0.0.0.0", "::1", "10.0.0.1", HOST, "x.example", "#", " ", "\t");
  const end = fc.constantFrom("\r\n", "\n", " ");
  fc.assert(
    fc.property(fc.array(fc.oneof(field, end), { maxLength: 40 }), (parts) => {
      const text = parts.join(" ");
      const once = freed(text);
      assert.equal(freed(once), once);
      assert.deepEqual(blockingLines(parseHosts(once)), []);
      const kept = parseHosts(once).filter((line) => line.raw.trim() !== "");
      for (const line of parseHosts(text)) {
        assert.ok(once.includes(line.raw.replace(/\r?\n$/, "")), JSON.stringify([text, once]));
      }
      assert.ok(kept.length >= parseHosts(text).filter((line) => line.raw.trim() !== "").length);
    }),
  );
});

Deno.test("readHostsFile() reads the lab's own file and finds nothing wrong", async () => {
  const lab = await labWith();
  const hosts = await readHostsFile(await openWindows(lab.host, "D:"));
  assert.ok(hosts.state === "read");
  assert.equal(hosts.lines[0]?.address, undefined);
  assert.deepEqual(blockingLines(hosts.lines), []);
});

Deno.test("readHostsFile() says that there is none", async () => {
  const lab = await labWith();
  lab.files.erase(HOSTS);
  const windows = await openWindows(lab.host, "D:");
  assert.deepEqual(await readHostsFile(windows), { state: "absent" });
});

Deno.test("readHostsFile() refuses UTF-16, bytes of no text, big files, links and folders", async () => {
  const big = new Uint8Array((1 << 20) + 1).fill(0x23);
  const contents: readonly [Uint8Array, RegExp][] = [
    [new Uint8Array([0xff, 0xfe, 0x23, 0x00]), /no text of single bytes/],
    [new Uint8Array([0xfe, 0xff]), /no text of single bytes/],
    [new Uint8Array([0x23, 0x00, 0x0a]), /no text of single bytes/],
    [big, /more than a list of hosts/],
  ];
  for (const [content, reason] of contents) {
    const lab = await labWith();
    lab.files.put(HOSTS, content);
    const hosts = await readHostsFile(await openWindows(lab.host, "D:"));
    assert.ok(hosts.state === "refused");
    assert.match(hosts.reason, reason);
  }
  const whole = await labWith();
  whole.files.put(HOSTS, big.subarray(1));
  const read = await readHostsFile(await openWindows(whole.host, "D:"));
  assert.equal(read.state, "read", "1 MB is not too big");
});

Deno.test("readHostsFile() follows no link, neither of the file nor of its folder", async () => {
  for (const place of [HOSTS, HOSTS.replace(/\\hosts$/, "")]) {
    const lab = await labWith();
    lab.files.put("D:\\Users\\Anna\\Documents\\hosts", new TextEncoder().encode(`::1 ${HOST}`));
    lab.files.erase(place);
    lab.files.putJunction(place, "D:\\Users\\Anna\\Documents");
    const hosts = await readHostsFile(await openWindows(lab.host, "D:"));
    assert.ok(hosts.state === "refused", `${place}: ${hosts.state}`);
    assert.match(hosts.reason, /link to another place/);
  }
});

Deno.test("readHostsFile() says where else Windows looks, and knows the usual folder", async () => {
  const key = "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Tcpip\\Parameters]\n";
  const states: readonly [string, string][] = [
    ["%SystemRoot%\\\\System32\\\\drivers\\\\etc", "read"],
    ["C:\\\\WINDOWS\\\\system32\\\\Drivers\\\\etc\\\\", "read"],
    ["C:\\\\ProgramData\\\\x", "elsewhere"],
    ["%SystemRoot%\\\\System32\\\\drivers\\\\etc2", "elsewhere"],
  ];
  for (const [folder, expected] of states) {
    const lab = await labWith([], { additions: { SYSTEM: `${key}"DataBasePath"="${folder}"\n` } });
    const hosts = await readHostsFile(await openWindows(lab.host, "D:"));
    assert.equal(hosts.state, expected, folder);
  }
});
