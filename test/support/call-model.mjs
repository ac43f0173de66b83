// Calls a model once through the built providers and prints its text. A process of its own, because Node reads
// NODE_EXTRA_CA_CERTS at its start only. Arguments: wire, base URL.
import { environmentProxies } from '../../dist/config/proxy.js';
import { processEnvironment } from '../../dist/config/light/environment.js';
import { createProxyFetch } from '../../dist/platform/network/proxy-fetch.js';
import { createProviders } from '../../dist/providers/registry.js';

const [wire, baseUrl] = process.argv.slice(2);
const proxies = environmentProxies(processEnvironment());
const providers = createProviders({
  config: { here: { wire, baseUrl } },
  secrets: { readProviderSecret: async () => ({ apiKey: 'key-from-vault' }), invalidate() {} },
  ...(proxies === null ? {} : { fetch: createProxyFetch(proxies) }),
});
const { provider } = providers.resolve({ provider: 'here', model: 'm-1' });
const request = { model: 'm-1', messages: [{ role: 'user', content: 'hello' }], tools: [] };
try {
  const reply = await provider.stream(request, { signal: new AbortController().signal });
  process.stdout.write(reply.message.content);
} catch (error) {
  process.stdout.write(`${error.code}: ${error.message}`);
}
