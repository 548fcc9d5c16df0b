export const id=8408;export const ids=[8408];export const modules={98408:(o,e,t)=>{t.r(e),t.d(e,{keepHeapSmall:()=>s});var r=t(78877);function s(){(0,r.setFlagsFromString)("--optimize-for-size")}}};
