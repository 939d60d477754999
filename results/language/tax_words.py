"""The short names that tax systems of this country give to their words: initials of the pinyin, mostly."""

from __future__ import annotations

import re
from functools import cache

# Word: name. Names as public interfaces of Golden Tax III have them; those without one are their initials.
_TABLE = """
纳税人识别号 nsrsbh
纳税人名称 nsrmc
纳税人状态 nsrzt
纳税人类型 nsrlx
纳税人资格 nsrzg
纳税人 nsr
社会信用代码 shxydm
统一社会信用代码 shxydm
登记序号 djxh
登记注册类型 djzclx
登记日期 djrq
登记 dj
注册地址 zcdz
生产经营地址 scjydz
生产经营范围 scjyfw
经营范围 jyfw
注册资本 zczb
法定代表人 fddbr
法定代表人姓名 fddbrxm
财务负责人 cwfzr
办税人 bsr
办税员 bsy
经办人 jbr
代理人 dlr
税务机关代码 swjgdm
主管税务机关 zgswjg
主管税务所 zgswskfj
税务机关 swjg
税务人员 swry
税务局 swj
税务 sw
行业代码 hydm
行业 hy
街道乡镇 jdxz
行政区划 xzqh
行政区划数字 xzqhsz
课征主体登记类型 kzztdjlx
税款所属期起 skssqq
税款所属期止 skssqz
税款所属期间 skssqj
税款所属期 skssq
所属期起 ssqq
所属期止 ssqz
所属期 ssq
所属年度 ssnd
所属月份 ssyf
申报日期 sbrq
申报期限 sbqx
申报属性 sbsx
申报表 sbb
申报 sb
更正申报 gzsb
逾期申报 yqsb
应申报 ysb
缴款期限 jkqx
缴款日期 jkrq
缴款书 jks
缴款 jk
缴税 js
凭证序号 pzxh
应征凭证序号 yzpzxh
应征凭证种类 yzpzzl
凭证种类 pzzl
凭证号码 pzhm
凭证 pz
征收项目代码 zsxmdm
征收品目代码 zspmdm
征收项目 zsxm
征收品目 zspm
征收子目 zszm
征收方式 zsfs
征收率 zsl
征收 zs
计税依据 jsyj
计税金额 jsje
应纳税所得额 ynssde
应纳税额 ynse
应补退税额 ybtse
应补税额 ybse
应退税额 ytse
应征税额 yzse
已缴税额 yjse
预缴税额 yujse
减免税额 jmse
减免性质 ssjmxz
减免税 jms
销项税额 xxse
进项税额 jxse
进项税额转出 jxsezc
上期留抵税额 sqldse
期末留抵税额 qmldse
期初未缴税额 qcwjse
期末未缴税额 qmwjse
实际抵扣税额 sjdkse
留抵税额 ldse
应税销售额 ysxse
销售额 xse
税额 se
税率 slv
税种 sz
税款 sk
税务登记 swdj
滞纳金 znj
罚款 fk
罚没款 fmk
欠税 qs
欠税金额 qsje
欠税额 qse
退税 ts
入库日期 rkrq
录入时间 lrsj
入库 rk
开票日期 kprq
开票人 kpr
开票 kp
开具 kj
收款人 skr
复核人 fhr
发票代码 fpdm
发票号码 fphm
发票种类 fpzl
发票种类代码 fpzldm
发票起始号码 fpqshm
发票终止号码 fpzzhm
发票状态 fpzt
发票 fp
购方名称 gfmc
购方识别号 gfsbh
购方税号 gfsh
购买方 gmf
购货方 ghf
购方 gf
销方名称 xfmc
销方识别号 xfsbh
销方税号 xfsh
销售方 xsf
销货方 xhf
销方 xf
商品编码 spbm
商品名称 spmc
货物名称 hwmc
规格型号 ggxh
计量单位 jldw
单位 dw
数量 sl
单价 dj
金额 je
合计金额 hjje
合计税额 hjse
价税合计 jshj
合计 hj
备注 bz
银行代码 yhdm
银行名称 yhmc
银行账号 yhzh
银行账户 yhzh
开户银行 khyh
银行营业网点 yhyywd
银行 yh
三方协议号 sfxyh
三方协议 sfxy
完税证明 wszm
完税凭证 wspz
税票号码 sphm
证明 zm
证书 zs
证件类型 zjlx
证件号码 zjhm
证件种类 zjzl
身份证件种类 sfzjlx
身份证件号码 sfzjhm
身份证号码 sfzhm
身份证 sfz
姓名 xm
手机号码 sjhm
手机号 sjh
手机 sj
联系电话 lxdh
联系人 lxr
电话 dh
地址 dz
邮政编码 yzbm
业务编码 ywbm
业务类型 ywlx
业务 yw
事项代码 sxdm
事项 sx
受理日期 slrq
受理人 slr
受理 sl
办理 bl
审批 sp
审核 sh
流程实例 lcsl
任务 rw
文书 ws
通知书 tzs
房产税 fcs
土地增值税 tdzzs
城镇土地使用税 cztdsys
城市维护建设税 cswhjss
教育费附加 jyffj
地方教育附加 dfjyfj
附加税 fjs
增值税 zzs
消费税 xfs
营业税 yys
企业所得税 qysds
个人所得税 grsds
所得税 sds
印花税 yhs
车船税 ccs
车辆购置税 clgzs
契税 qs
资源税 zys
环境保护税 hjbhs
一般纳税人 ybnsr
小规模纳税人 xgmnsr
个体工商户 gtgsh
企业 qy
个人 gr
国家税务总局 gjswzj
电子税务局 dzswj
国税局 gsj
地税局 dsj
国税 gs
地税 ds
接口 jk
系统 xt
平台 pt
用户名 yhm
用户 yh
登录 dl
注销 zx
登出 dengc
密码 mm
口令 kl
验证码 yzm
短信验证码 dxyzm
操作员 czy
操作 cz
查询 cx
保存 bc
提交 tj
作废 zf
打印 dy
导出 dc
导入 dr
上传 scwj
下载 xz
删除 sc
修改 xg
新增 xinz
更新 gx
初始化 csh
校验 jy
计算 js
列表 lb
明细 mx
详情 xq
信息 xx
结果 jg
状态 zt
代码 dm
名称 mc
号码 hm
编号 bh
序号 xh
日期 rq
时间 sj
年度 nd
年份 nf
月份 yf
季度 jd
起止 qz
有效期起 yxqq
有效期止 yxqz
有效标志 yxbz
标志 bz
类型 lx
种类 zl
返回码 fhm
返回信息 fhxx
附件 fj
文件 wj
流水号 lsh
交易流水号 jylsh
请求 qq
响应 xy
数据 sj
报文 bw
"""

ABBREVIATIONS: dict[str, str] = dict(line.split() for line in _TABLE.split("\n") if line)
_STEPS = re.compile(r"[.\[\]/]+")  # between the names of a path


def word_of(field: str) -> str:
    """The Chinese name of a field, `应补退税额` of `ybtse` and of `items[].ybtse`; "" where there is none, or
    where it may be one of several."""
    last = [part for part in _STEPS.split(field) if part][-1:]
    name, known = last[0].lower().replace("_", "") if last else "", _words()
    stem = name.removesuffix("dm")  # 代码: nsrztDm is the code of nsrzt
    return known.get(name) or (f"{known[stem]}代码" if stem != name and stem in known else "")


@cache
def _words() -> dict[str, str]:
    """Short name to word. Of several words the longest, if it has all of them in it; else none is meant."""
    known: dict[str, list[str]] = {}
    for word, short in ABBREVIATIONS.items():
        known.setdefault(short, []).append(word)
    longest = {short: max(words, key=len) for short, words in known.items()}
    return {
        short: longest[short]
        for short, words in known.items()
        if all(word in longest[short] for word in words)
    }
