/** The proxy of the machine: WinHTTP's record byte by byte, and what is in effect. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { findProxies, openWindows, parseWinHttpSettings } from "../../src/windows/mod.ts";
import { missingSoftwareHive, proxySet, winHttpSettings } from "../lab/mod.ts";
import { labWith } from "./rooms.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

Deno.test("parseWinHttpSettings() knows Microsoft's record of direct access", () => {
  const direct = bytes("1800000000000000010000000000000000000000");
  assert.deepEqual(parseWinHttpSettings(direct), { kind: "direct" });
});

Deno.test("parseWinHttpSettings() reads the proxy and what goes past it", () => {
  assert.deepEqual(parseWinHttpSettings(winHttpSettings("proxy:8080", "*.corp.example;<local>")), {
    kind: "named",
    proxy: "proxy:8080",
    bypass: "*.corp.example;<local>",
  });
  const alone = parseWinHttpSettings(winHttpSettings("http=a;https=b", ""));
  assert.deepEqual(alone, { kind: "named", proxy: "http=a;https=b", bypass: "" });
});

Deno.test("parseWinHttpSettings() takes the access type for what counts", () => {
  const kinds = [1, 3, 9, 5, 7, 11].map((access) =>
    parseWinHttpSettings(winHttpSettings("proxy:8080", "", access)).kind
  );
  assert.deepEqual(kinds, ["direct", "named", "direct", "automatic", "named", "named"]);
});

Deno.test("parseWinHttpSettings() says unknown for every layout that does not fit", () => {
  const good = winHttpSettings("proxy:8080", "<local>");
  for (let length = 0; length < good.length; length++) {
    assert.equal(parseWinHttpSettings(good.subarray(0, length)).kind, "unknown", `${length}`);
  }
  for (const access of [0, 2, 16, 0x101, 0xffffffff]) {
    const odd = winHttpSettings("proxy:8080", "", access);
    assert.equal(parseWinHttpSettings(odd).kind, "unknown", `${access}`);
  }
  assert.equal(parseWinHttpSettings(winHttpSettings("", "")).kind, "unknown", "named without name");
  assert.equal(parseWinHttpSettings(winHttpSettings("a\nb", "")).kind, "unknown");
});

Deno.test("parseWinHttpSettings() takes any bytes, at any offset of a bigger buffer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
      const inside = new Uint8Array(data.length + 7);
      inside.set(data, 7);
      assert.deepEqual(parseWinHttpSettings(inside.subarray(7)), parseWinHttpSettings(data));
    }),
  );
});

const SETTINGS = "Microsoft\\Windows\\CurrentVersion\\Internet Settings";

async function found(text: string) {
  const lab = await labWith([], { additions: { SOFTWARE: text } });
  const proxies = await findProxies(await openWindows(lab.host, "D:"));
  return proxies.map(({ row, data }) => [row.name, data]);
}

Deno.test("findProxies() finds WinHTTP's proxy and Internet Settings of both views", async () => {
  const lab = await labWith([proxySet()]);
  const proxies = await findProxies(await openWindows(lab.host, "D:"));
  assert.deepEqual(proxies.map(({ row, data }) => [row.name, data]), [
    ["WinHttpSettings", '"proxy.corp.example:8080", except "<local>"'],
    ["ProxyEnable", "1"],
    ["ProxyServer", '"proxy.corp.example:8080"'],
    ["ProxyOverride", '"<local>"'],
    ["AutoConfigURL", '"http://proxy.corp.example/wpad.dat"'],
  ]);
  assert.match(proxies[4]!.path, /Wow6432Node/);
});

Deno.test("findProxies() leaves out what is off, empty, direct or of another type", async () => {
  const off = `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${SETTINGS}]\n`;
  assert.deepEqual(await found(""), []);
  assert.deepEqual(await found(`${off}"ProxyServer"="a:1"\n"ProxyOverride"="b"`), []);
  assert.deepEqual(await found(`${off}"ProxyEnable"="1"\n"ProxyServer"="a:1"`), []);
  assert.deepEqual(await found(`${off}"AutoConfigURL"=" "\n`), []);
  const record = `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${SETTINGS}\\Connections]\n"WinHttpSettings"=hex:`;
  assert.deepEqual(await found(`${record}18,00,00,00,00,00,00,00,01,${"00,".repeat(10)}00`), []);
  assert.deepEqual(await found(`${record}\n`), []);
});

Deno.test("findProxies() shows a record of unknown layout as it is", async () => {
  const record = `[HKEY_LOCAL_MACHINE\\SOFTWARE\\${SETTINGS}\\Connections]\n"WinHttpSettings"=hex:`;
  const [[, data] = []] = await found(`${record}46,00,ff\n`);
  assert.equal(data, "3 bytes of unknown layout: 4600ff");
});

Deno.test("findProxies() finds nothing where SOFTWARE is missing", async () => {
  const lab = await labWith([missingSoftwareHive()]);
  assert.deepEqual(await findProxies(await openWindows(lab.host, "D:")), []);
});
