export const id=990;export const ids=[990];export const modules={1983:(e,t,r)=>{r.d(t,{E9:()=>n,U9:()=>l,a3:()=>i});let s={ms:1,s:1e3,m:6e4,h:36e5,d:864e5},a=/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/,o=/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;function n(e){let t=e.trim().toLowerCase();if("immediately"===t)return 0;if(/^\d+(\.\d+)?$/.test(t))return{problem:`is "${e}", a number without a unit; write ${t}s, ${t}m or ${t}h`};if(!a.test(t))return{problem:`is "${e}", which is not a duration; write one such as 30s, 5m or 1h30m, or immediately`};let r=0;for(let[,e,a]of t.matchAll(o))r+=Number(e)*(s[a??""]??0);return Math.round(r)}function i(e){if(e<1e3)return`${Math.round(e)} ms`;if(e<1e4)return`${(e/1e3).toFixed(1)} s`;let t=Math.round(e/1e3);if(t<60)return`${t} s`;let r=Math.floor(t/60);if(r<60)return t%60?`${r} min ${t%60} s`:`${r} min`;let s=Math.floor(r/60);return r%60?`${s} h ${r%60} min`:`${s} h`}function l(e,t){return`${e} ${t}${1===e?"":"s"}`}},7990:(e,t,r)=>{r.r(t),r.d(t,{demo:()=>L});var s,a=r(1455),o=r(8161),n=r(6760),i=r(7975),l=r(4993),c=r(2289),u=r(1983),p=r(2311),d=r(8439),h=r(9895);let m=p.aig().int().describe("Milliseconds since 1970-01-01T00:00:00Z."),f=p.aig().min(0).describe("Milliseconds."),b=p.aig().int().min(0),w=p.k5n(h.K),g=p.YjP().nullable(),v=p.rej({target:p.YjP(),live:g.describe("The slot that serves, read from the platform at the end; null when none does or it is not known."),liveVersion:g,previous:g.describe("The slot that was live before; null on the first release."),previousVersion:g,rollbackCommand:g.describe("What a person types to put the previous routing back; null when it cannot be."),switchedAt:m.nullable()}),y=p.rej({name:p.YjP(),kind:p.YjP(),target:p.YjP(),step:w,slot:g.describe("Null when the live route was asked, whoever answers."),verdict:p.k5n(["pass","fail","unknown"]),reason:p.YjP(),attempts:b,durationMs:f}),j=p.rej({requests:b.describe("Of all probes."),failed:b.describe("Of all probes."),switches:p.YOg(p.rej({target:p.YjP(),route:p.YjP(),from:p.YjP(),to:p.YjP(),at:m,answeredInMs:f.describe("From sending the write to its answer.")})),probes:p.YOg(p.rej({url:p.YjP(),requests:b,failed:b,answers:p.g1P(p.YjP(),b).describe("Answers by the version that they named; other when none."),firstGreenMs:f.nullable().describe("From the switch's answer to the first answer of green."),lastBlueMs:f.nullable().describe("From the switch's answer to the last answer of blue on a fresh connection."),errors:p.YOg(p.YjP())}))}),$=p.rej({format:p.euz(1).describe("Rises when a reader of this format could misread the next one."),result:p.k5n(["succeeded","unchanged","waiting","invalid","refused","rolled-back","failed","degraded","rollback-failed","cancelled"]),exitCode:b,verb:p.k5n(h.h),release:p.YjP(),version:p.YjP(),live:g.describe("Of the first target."),previous:g.describe("Of the first target."),switchedAt:m.nullable().describe("The last switch of any target."),startedAt:m,durationMs:f,rollbackCommand:g.describe("Of all targets, joined by &&."),targets:p.YOg(v),steps:p.YOg(p.rej({step:w,status:p.k5n(["done","failed","undone","cancelled"]),startedAt:m,durationMs:f,detail:p.YjP()})),checks:p.YOg(y),findings:p.YOg(p.rej({severity:p.k5n(["error","warning","info"]),code:p.YjP(),target:p.YjP(),message:p.YjP(),remedy:p.YjP()})),changes:p.YOg(p.rej({verb:p.k5n(["create","update","delete","scale","route"]),object:p.YjP(),detail:p.YjP()})),evidence:j,failures:p.YOg(p.rej({code:p.YjP(),step:w.nullable(),message:p.YjP(),hint:p.YjP(),details:p.YOg(p.YjP())})),notes:p.YOg(p.YjP())}).describe("How a run of Cutover ended. What is not known is null; nothing is left out."),k="shop",P="1.4.2",T="1.5.0",Y={none:"succeeded",smoke:"failed",bake:"rolled-back"},O=`apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: ${k}
spec:
  replicas: 2
  selector:
    matchLabels: { app: shop }
  template:
    metadata:
      labels: { app: shop }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:latest
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-settings
  namespace: ${k}
data:
  currency: EUR
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: shop
  namespace: ${k}
spec:
  minAvailable: 1
  selector:
    matchLabels: { app: shop }
`,E=`apiVersion: v1
kind: Namespace
metadata:
  name: ${k}
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: ${k}
spec:
  selector: { app: shop, cutover/slot: shop-blue }
  ports:
    - { name: http, port: 80, targetPort: http }
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-blue
  namespace: ${k}
  labels: { cutover/managed: "true" }
  annotations: { cutover/version: ${P} }
spec:
  replicas: 3
  selector:
    matchLabels: { cutover/slot: shop-blue }
  template:
    metadata:
      labels: { app: shop, cutover/slot: shop-blue }
      annotations: { cutover/version: ${P} }
    spec:
      terminationGracePeriodSeconds: 10
      containers:
        - name: shop
          image: registry.example/shop:${P}
          ports:
            - { name: http, containerPort: 8080 }
          readinessProbe:
            httpGet: { path: /healthz, port: http }
`,S=`- name: green is healthy
  http:
    path: /healthz
    passes: 3
    interval: 100ms
    expect: { status: 200, version: true, within: 2s }
- name: the catalogue answers
  http:
    path: /products
    expect: { json: { app: shop } }
`,A=`- name: users get healthy answers
  http:
    path: /healthz
    expect: { status: 200 }
`;var M=r(7067),x=r(8500),I=r(1421);async function U(e){let t=await (0,a.mkdtemp)((0,n.join)((0,o.tmpdir)(),"cutover-runner-")),r={output:(0,n.join)(t,"output"),summary:(0,n.join)(t,"summary"),state:(0,n.join)(t,"state")};try{for(let e of Object.values(r))await (0,a.writeFile)(e,"");let s=await _(e,t,r,{}),o=await G(r.state),n=Object.fromEntries(Object.entries(o).map(([e,t])=>[`STATE_${e}`,t]));return await _(e,t,r,n),{exitCode:s,outputs:await G(r.output),summary:await (0,a.readFile)(r.summary,"utf8")}}finally{await (0,a.rm)(t,{recursive:!0,force:!0})}}function _({bundle:e,inputs:t,workspace:r,environment:s,signal:a,line:o,node:n=process.execPath},i,l,c){let u=Object.entries(t).map(([e,t])=>[`INPUT_${e.toUpperCase()}`,t]),p=(0,I.spawn)(n,[e],{cwd:r,stdio:["ignore","pipe","pipe"],env:{PATH:s.PATH,HOME:i,GITHUB_ACTIONS:"true",GITHUB_ACTOR:"you",GITHUB_OUTPUT:l.output,GITHUB_REPOSITORY:"example/shop",GITHUB_RUN_ATTEMPT:"1",GITHUB_RUN_ID:"1",GITHUB_SERVER_URL:"https://github.example",GITHUB_SHA:"0123456789abcdef0123456789abcdef01234567",GITHUB_STATE:l.state,GITHUB_STEP_SUMMARY:l.summary,GITHUB_WORKSPACE:r,RUNNER_TEMP:i,...Object.fromEntries(u),...c}}),d=()=>p.kill("SIGINT");for(let e of(a.addEventListener("abort",d,{once:!0}),[p.stdout,p.stderr]))!function(e,t){let r="";e.setEncoding("utf8"),e.on("data",e=>{let s=(r+e).split(`
`);r=s.pop()??"",s.forEach(t)}),e.on("end",()=>r&&t(r))}(e,o);return new Promise((e,t)=>{p.once("error",t),p.once("close",t=>{a.removeEventListener("abort",d),e(t??1)})})}async function G(e){let t={},r=(await (0,a.readFile)(e,"utf8")).split(`
`);for(let e=r.shift();void 0!==e;e=r.shift()){let s=/^([^=]+?)<<(.+)$/.exec(e);if(s?.[1]&&s[2]){let e=r.indexOf(s[2]);t[s[1]]=r.splice(0,e+1).slice(0,-1).join(`
`);continue}let a=e.indexOf("=");a>0&&(t[e.slice(0,a)]=e.slice(a+1))}return t}let H=/^::group::(.*)$/,N=/^::(?:endgroup|add-mask|debug|save-state|set-output|stop-commands)(?: [^:]*)?::/,R=/^::(notice|warning|error)(?: [^:]*)?::(.*)$/;let Screen=class Screen{#e;#t;#r;constructor(e){this.#e=e;let t=t=>r=>e.isTTY?`\x1b[${t}m${r}\x1b[0m`:r;this.#t=t(1),this.#r=t(2)}line(e){this.#e.write(`${e}
`)}title(e){this.line(`
${this.#t(e)}`)}step(e){let t=H.exec(e),r=R.exec(e);t?this.line(this.#t(`  ${t[1]}`)):r?this.line(`  ${r[1]}: ${(r[2]??"").replaceAll("%0D","").replaceAll("%0A",`
  `).replaceAll("%25","%")}`):N.test(e)||this.line(`    ${e}`)}load({requests:e,failed:t,bySlot:r,p50:s,p99:a}){let o=Object.entries(r).map(([e,t])=>`${e} ${t}`);this.line(this.#r(`  load: ${e} requests, ${t} failed, answered by ${o.join(", ")}; p50 ${s} ms, p99 ${a} ms`))}summary(e){this.title("The job summary"),this.line(e.trimEnd())}};var C=function(e,t,r){if(null!=t){var s,a;if("object"!=typeof t&&"function"!=typeof t)throw TypeError("Object expected.");if(r){if(!Symbol.asyncDispose)throw TypeError("Symbol.asyncDispose is not defined.");s=t[Symbol.asyncDispose]}if(void 0===s){if(!Symbol.dispose)throw TypeError("Symbol.dispose is not defined.");s=t[Symbol.dispose],r&&(a=s)}if("function"!=typeof s)throw TypeError("Object not disposable.");a&&(s=function(){try{a.call(this)}catch(e){return Promise.reject(e)}}),e.stack.push({value:t,dispose:s,async:r})}else r&&e.stack.push({async:!0});return t},F=(s="function"==typeof SuppressedError?SuppressedError:function(e,t,r){var s=Error(r);return s.name="SuppressedError",s.error=e,s.suppressed=t,s},function(e){function t(t){e.error=e.hasError?new s(t,e.error,"An error was suppressed during disposal."):t,e.hasError=!0}var r,a=0;return function s(){for(;r=e.stack.pop();)try{if(!r.async&&1===a)return a=0,e.stack.push(r),Promise.resolve().then(s);if(r.dispose){var o=r.dispose.call(r.value);if(r.async)return a|=2,Promise.resolve(o).then(s,function(e){return t(e),s()})}else a|=1}catch(e){t(e)}if(1===a)return e.hasError?Promise.reject(e.error):Promise.resolve();if(e.hasError)throw e.error}()});let B="demo-output",D="cutover/slot",V={connections:50,pauseMs:50,slotHeader:"x-app-slot",atMostMs:12e4};async function L(e){let t={stack:[],error:void 0,hasError:!1};try{var r,s,a,o,p;let d,h,m,f,b,w,g,v,y,j,$,P,T,O=function(e){let{fail:t}=(0,i.parseArgs)({args:[...e],options:{fail:{type:"string"}},strict:!1}).values;if(void 0===t)return"none";if("smoke"===t||"bake"===t)return t;throw(0,c.V2)("INVALID_CONFIGURATION",{problems:[`--fail must be smoke or bake; it is "${String(t)}".`]})}(e.arguments.slice(1)),S=new Screen(e.stdout),A=Date.now();S.title(`Cutover demo: shop-blue is live, shop-green gets the new version${"none"===O?"":`, and fails in ${O}`}.`);let I=C(t,await (0,l.Rc)({behaviour:e=>(function(e,t){let{labels:r}=e.metadata;return"smoke"===t&&r?.[D]==="shop-green"?{answers:{"/healthz":z}}:{}})(e,O)}),!0);await I.apply(E),await I.settled();let U=I.serviceUrl(k,"shop");S.line(`An embedded Kubernetes serves on ${I.url}; users reach the shop on ${U}.`);let _=(r={url:U,...V},h=AbortSignal.timeout(r.atMostMs),m=new AbortController,f=AbortSignal.any([h,m.signal]),b=new M.Agent({keepAlive:!0,maxSockets:r.connections}),w={},g=[],v=[],y=0,j=0,$=async(e,t)=>{for(await (0,x.setTimeout)(r.pauseMs*t/r.connections);!f.aborted;){let t=performance.now();y++;try{let{status:s,slot:a}=await function({url:e,slotHeader:t},r){return new Promise((s,a)=>{let o=(0,M.request)(e,{agent:r,timeout:1e4},e=>{e.resume(),e.once("error",a),e.once("end",()=>s({status:e.statusCode??0,slot:String(e.headers[t]??"nobody")}))});o.once("timeout",()=>o.destroy(Error("no answer within 10 s"))),o.once("error",a),o.end()})}(r,e);if(s>=500)throw Error(`HTTP ${s} from ${a}`);w[a]=(w[a]??0)+1,v.push(performance.now()-t)}catch(e){j++,g.length<5&&g.push(e instanceof Error?e.message:String(e))}await (0,x.setTimeout)(r.pauseMs)}},P=Array.from({length:r.connections},(e,t)=>[$(b,t),$(!1,t)]).flat(),{counts:T=()=>{let e=[...v].sort((e,t)=>e-t),t=t=>Math.round(e[Math.floor(e.length*t)]??0);return{requests:y,failed:j,bySlot:{...w},errors:[...g],p50:t(.5),p99:t(.99)}},stop:async()=>(m.abort(),await Promise.all(P),b.destroy(),T())}),G=(s=I,a=_,o=S,p=O,d=setInterval(()=>{let e=a.counts();if(o.load(e),"bake"===p&&!((e.bySlot["shop-green"]??0)<500))for(let e of s.instances(k,{[D]:"shop-green"}))e.answer("/healthz",z)},1e3),()=>clearInterval(d)),H=(0,n.resolve)(e.workspace,B),N=await q(I,U,H,e,S);G();let R=await _.stop(),F=await K(H,N,R);return S.summary(N.summary),S.load(R),S.line(`Files: ${B}/summary.md, ${B}/result.json, ${B}/result.schema.json. It took ${(0,u.a3)(Date.now()-A)}.`),function(e,t,r,s){let a=Y[r],o=t===a&&0===s.failed;for(let r of(e.title(`${t}: ${s.requests} requests sent, ${s.failed} failed${o?"":`; expected ${a} and 0 failed`}.`),s.errors))e.line(`  ${r}`);return+!o}(S,F,O,R)}catch(e){t.error=e,t.hasError=!0}finally{let e=F(t);e&&await e}}let z={status:500,json:{status:"the basket service does not answer"}};async function q(e,t,r,s,i){let l=await (0,a.mkdtemp)((0,n.join)((0,o.tmpdir)(),"cutover-demo-"));try{var c;return await (0,a.mkdir)((0,n.join)(l,"k8s")),await (0,a.writeFile)((0,n.join)(l,"k8s/shop.yaml"),O),await U({bundle:s.program,inputs:{...(c=e.kubeconfig(),{blue:"shop-blue",green:"shop-green",service:"shop",manifest:"k8s/shop.yaml",image:`registry.example/shop:${T}`,version:T,kubeconfig:c,smoke:S,"live-url":t,"live-checks":A,identity:"{ path: /, header: x-app-version }",settle:"1s",bake:"6s",teardown:"delete"}),"report-directory":r},workspace:l,environment:s.environment,signal:s.signal,line:e=>i.step(e)})}finally{await (0,a.rm)(l,{recursive:!0,force:!0})}}async function K(e,t,r){await (0,a.mkdir)(e,{recursive:!0});let s=(0,n.join)(e,"result.json"),o=JSON.parse(await (0,a.readFile)(s,"utf8")),{requests:i,failed:l,...c}=r,u={...o.evidence,requests:i,failed:l,load:c};return await (0,a.writeFile)(s,`${JSON.stringify({...o,evidence:u},null,2)}
`),await (0,a.writeFile)((0,n.join)(e,"result.schema.json"),`${JSON.stringify(function(){let{$schema:e,...t}=d.bl($,{target:"draft-2020-12"});return{$schema:e,title:"Cutover result",...t}}(),null,2)}
`),await (0,a.writeFile)((0,n.join)(e,"summary.md"),t.summary),String(o.result)}},9895:(e,t,r)=>{r.d(t,{K:()=>s,h:()=>a});let s=["inspect","preflight","claim","deploy","ready","verify","switch","confirm","bake","drain","teardown","close"],a=["run","plan","deploy","switch","teardown","status","rollback","abort"]}};
