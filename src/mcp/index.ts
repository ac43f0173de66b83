export { loginToServer } from './login.js';
export { serveHttp, serveStdio } from './serve.js';
