// Writes the table of readings that quick search uses. Run: npm ci && node generate.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { pinyin } from 'pinyin-pro'

const { version } = JSON.parse(readFileSync(new URL('node_modules/pinyin-pro/package.json', import.meta.url)))
const options = { toneType: 'none', type: 'array', v: true }

// Second readings that names of people, places, companies and goods use. The full list of readings would
// find too much: most second readings are archaic.
const common = `
行xing,hang 重zhong,chong 长chang,zhang 乐le,yue 都dou,du 厦sha,xia 会hui,kuai 朝chao,zhao 调diao,tiao 藏cang,zang
传chuan,zhuan 车che,ju 率lv,shuai 参can,shen 宿su,xiu 六liu,lu 蚌beng,bang 番fan,pan 莘shen,xin 沈shen,chen 地di,de 角jiao,jue
还hai,huan 系xi,ji 便bian,pian 降jiang,xiang 省sheng,xing 石shi,dan 弹dan,tan 恶e,wu 阿a,e 柏bai,bo 薄bo,bao 堡bao,pu,bu 卜bo,bu
单dan,shan 曾zeng,ceng 解jie,xie 仇chou,qiu 区qu,ou 查cha,zha 盖gai,ge 任ren 尉wei,yu 万wan,mo 折zhe,she 种zhong,chong 翟zhai,di
员yuan,yun 隗wei,kui 缪miao,mou 覃qin,tan 繁fan,po 牟mou,mu 召zhao,shao 黑hei,he 秘mi,bi 华hua 尹yin 朴pu,piao 贾jia,gu 冯feng,ping
秦qin 宁ning 洗xi,xian 应ying 曲qu 晟sheng,cheng 茜qian,xi 囡nan 娜na,nuo 婧jing 骁xiao 祭ji,zhai 颉jie,xie 俞yu,shu 郗xi,chi 乜mie,nie
澹tan,dan 佴er,nai 谌chen,shen 訾zi 麦mai 模mo,mu 数shu,shuo 强qiang,jiang 量liang 间jian 空kong 少shao 好hao 干gan 大da,dai
台tai 广guang,yan 厂chang,an 术shu,zhu 适shi,kuo 叶ye,xie 咖ka,ga 茄qie,jia 轧zha,ya 壳ke,qiao 血xue,xie 露lu,lou 落luo,la 熟shu,shou
剥bo,bao 色se,shai 择ze,zhai 核he,hu 给gei,ji 得de,dei 着zhe,zhao,zhuo 了le,liao 和he,huo 没mei,mo 没mei,mo 差cha,chai 刹sha,cha 亳bo
浒hu,xu 泌mi,bi 涡wo,guo 洪hong 济ji 浚jun,xun 渑mian,sheng 铅qian,yan 铂bo 镐gao,hao 碌lu,liu 荥xing,ying 蔚wei,yu 郏jia 鄱po 郇xun,huan
尽jin 将jiang 相xiang 圈quan,juan 卡ka,qia 伽jia,qie 吓xia,he 吁xu,yu 嚼jiao,jue 塞sai,se 奇qi,ji 宓mi,fu 徵zheng,zhi 戏xi,hu 扎zha,za 拓tuo,ta
提ti,di 散san 殷yin,yan 燕yan 畜xu,chu 盛sheng,cheng 禅chan,shan 粘zhan,nian 纪ji 绿lv,lu 翘qiao 肖xiao 脉mai,mo 臂bi 莞guan,wan 蔓man,wan 虾xia,ha
观guan 称cheng,chen 秤cheng 识shi,zhi 说shuo,shui 贲ben,bi 趟tang 辟pi,bi 那na,nuo 邪xie,ye 靓jing,liang 颤chan,zhan 食shi,si 骑qi 龟gui,qiu,jun
`

const usual = new Map()
const other = new Map()
const add = (table, syllable, character) => table.set(syllable, (table.get(syllable) ?? '') + character)

const second = new Map(common.trim().split(/\s+/).map((entry) => [entry[0], entry.slice(1).split(',')]))
for (let code = 0x4e00; code <= 0x9fff; code++) {
  const character = String.fromCharCode(code)
  const [first] = pinyin(character, options)
  if (!/^[a-z]+$/.test(first)) continue
  add(usual, first, character)
  const [surname] = pinyin(character, { ...options, mode: 'surname' })
  // A keyboard writes ü as v, a passport as u.
  const readings = new Set([surname, ...(second.get(character) ?? []), ...(/v/.test(first) ? [first.replace('v', 'u')] : [])])
  readings.delete(first)
  for (const reading of readings) add(other, reading, character)
}

const syllables = [...new Set([...usual.keys(), ...other.keys()])].sort()
const lines = syllables.map((syllable) => `${syllable}\t${usual.get(syllable) ?? ''}\t${other.get(syllable) ?? ''}`)
const header = `# pinyin-pro ${version} (MIT), U+4E00-9FFF: syllable, characters it is the usual reading of, characters it is another reading of. Written by build/tools/pinyin.`
writeFileSync(new URL('../../../src/Crm.Http/Query/Pinyin.txt', import.meta.url), [header, ...lines, ''].join('\n'))
console.log(`${syllables.length} syllables, ${[...usual.values()].reduce((n, s) => n + s.length, 0)} characters`)
