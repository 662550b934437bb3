-- A policy of rlrun in plain Lua, for 5.1 to 5.5, LuaJIT and Luau.
--   local brain = require "brain"
--   local action = brain(observation)               the most likely one
--   local action = brain(observation, math.random)  one by chance
-- observation: a list of 19 numbers. action: a list of 6 numbers, not yet limited to -1 .. 1.
-- luacheck: ignore
local byte, exp, log, cos, sqrt = string.byte, math.exp, math.log, math.cos, math.sqrt

-- Lines of `width` numbers of five characters: 24 bits in base 64, then 2^exponent or less of that, positive or
-- negative.
local function rows(width, exponent, text)
  local scale, list, at = {}, {}, 1
  for k = 0, 31 do
    scale[63 + k] = 2 ^ (exponent - k)
    scale[95 + k] = -2 ^ (exponent - k)
  end
  for i = 1, #text / (5 * width + 1) do
    local row = {}
    for j = 1, width do
      local a, b, c, d, e = byte(text, at, at + 4)
      row[j] = (((a * 64 + b) * 64 + c) * 64 + d - 16777215) * scale[e]
      at = at + 5
    end
    list[i] = row
    at = at + 1
  end
  return list
end
local function activate(y, n)
  for i = 1, n do y[i] = 1 - 2 / (exp(2 * y[i]) + 1) end
end
local function product19(list, first, n, x, at, bias, y)
  local x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19 =
    x[at + 1], x[at + 2], x[at + 3], x[at + 4], x[at + 5], x[at + 6], x[at + 7], x[at + 8], x[at + 9], x[at + 10], x[at + 11], x[at + 12], x[at + 13], x[at + 14], x[at + 15], x[at + 16], x[at + 17], x[at + 18], x[at + 19]
  for i = 1, n do
    local r = list[first + i]
    y[i] = bias[i] + x1 * r[1] + x2 * r[2] + x3 * r[3] + x4 * r[4] + x5 * r[5] + x6 * r[6] + x7 * r[7] + x8 * r[8] + x9 * r[9] + x10 * r[10]
      + (x11 * r[11] + x12 * r[12] + x13 * r[13] + x14 * r[14] + x15 * r[15] + x16 * r[16] + x17 * r[17] + x18 * r[18] + x19 * r[19])
  end
end
local function product64(list, first, n, x, at, bias, y)
  local x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30, x31, x32, x33, x34, x35, x36, x37, x38, x39, x40, x41, x42, x43, x44, x45, x46, x47, x48, x49, x50, x51, x52, x53, x54, x55, x56, x57, x58, x59, x60, x61, x62, x63, x64 =
    x[at + 1], x[at + 2], x[at + 3], x[at + 4], x[at + 5], x[at + 6], x[at + 7], x[at + 8], x[at + 9], x[at + 10], x[at + 11], x[at + 12], x[at + 13], x[at + 14], x[at + 15], x[at + 16], x[at + 17], x[at + 18], x[at + 19], x[at + 20], x[at + 21], x[at + 22], x[at + 23], x[at + 24], x[at + 25], x[at + 26], x[at + 27], x[at + 28], x[at + 29], x[at + 30], x[at + 31], x[at + 32], x[at + 33], x[at + 34], x[at + 35], x[at + 36], x[at + 37], x[at + 38], x[at + 39], x[at + 40], x[at + 41], x[at + 42], x[at + 43], x[at + 44], x[at + 45], x[at + 46], x[at + 47], x[at + 48], x[at + 49], x[at + 50], x[at + 51], x[at + 52], x[at + 53], x[at + 54], x[at + 55], x[at + 56], x[at + 57], x[at + 58], x[at + 59], x[at + 60], x[at + 61], x[at + 62], x[at + 63], x[at + 64]
  for i = 1, n do
    local r = list[first + i]
    y[i] = bias[i] + x1 * r[1] + x2 * r[2] + x3 * r[3] + x4 * r[4] + x5 * r[5] + x6 * r[6] + x7 * r[7] + x8 * r[8] + x9 * r[9] + x10 * r[10] + x11 * r[11] + x12 * r[12] + x13 * r[13] + x14 * r[14] + x15 * r[15] + x16 * r[16] + x17 * r[17] + x18 * r[18] + x19 * r[19] + x20 * r[20] + x21 * r[21] + x22 * r[22] + x23 * r[23] + x24 * r[24] + x25 * r[25] + x26 * r[26] + x27 * r[27] + x28 * r[28] + x29 * r[29] + x30 * r[30] + x31 * r[31] + x32 * r[32]
      + (x33 * r[33] + x34 * r[34] + x35 * r[35] + x36 * r[36] + x37 * r[37] + x38 * r[38] + x39 * r[39] + x40 * r[40] + x41 * r[41] + x42 * r[42] + x43 * r[43] + x44 * r[44] + x45 * r[45] + x46 * r[46] + x47 * r[47] + x48 * r[48] + x49 * r[49] + x50 * r[50] + x51 * r[51] + x52 * r[52] + x53 * r[53] + x54 * r[54] + x55 * r[55] + x56 * r[56] + x57 * r[57] + x58 * r[58] + x59 * r[59] + x60 * r[60] + x61 * r[61] + x62 * r[62] + x63 * r[63] + x64 * r[64])
  end
end

local center = rows(19, -23, [=[
veQv@|\zNcu`tH@tePVclAMidhaX{?ggUR`mpu}b}yn@aao_\cjNZFAjghrDzlztduoEGDtzpWgmRHqecG@gH_yPeAskYh@
]=])[1]
local inverse = rows(19, -20, [=[
oMCT?y@aRA_^`xAsEYDBpuRqCvBpKBsnIzB_zFQAmRd]AlKovAfmAV@hSwO@tLmoBc]lkBqcc]@e[xQ@_Um^Acf@UAh|?NA
]=])[1]
local clip = rows(1, -20, [=[
g????
]=])[1][1]
local log_std = rows(6, -22, [=[
uu`i`atkj_yU~q`sr]Q`aiZf_eXwL_
]=])[1]
local layers = {
{ inputs = 19, outputs = 64, width = 19, product = product19, y = {},
bias = rows(64, -25, [=[
ziUHAth`ZbgHbLah_}raokCTBvaUa@fLeJEaZYZBvqHMByYkS@t]Zy@cwaT?pYjp`cKfdaafl?@`?bS?`S{oBf`vCBcKXJ`m?g\@tJU^ah^r~as|OK`fqQo`eWKh?`[EzAt[qeBd@{u`lV_]a`Oyu?`G`P`kqf_`fG^Z_v_?LbiEZs@nxlG`eukkc~VY}Aoce}auiNGaoT?AD|g~{e|eC\aeYqn@lKjT@cQZEbsmGoEe\R^`fq`NawWX\be[H`@iUQUa_bJu`h[aJbdO_xA_Co}@{t_|cphRK`oI]e`ws_rBr?vBaysQ{ahQ_x`uYqea
]=])[1],
weight = rows(19, -24, [=[
uKhqatTIyaa~Vkcq[bGAlyy\@d`u{an@orDxnY]Fxs]TDkNo@arDiOazmCg@~p]_e{JbZ@mb_J@`tlSa_E}ianTOUbrjpJA
|q^QAxRWuemzlg`ijr{Badkw@h_@s`uBgsCdsXG`e\v[@iKQ{fwBSwDgb^CDc{lYAssi~c}creAj_i]Eanf{kxOkP@p{kJA
hPaf`pkJIajYiJapaE\cj?hzCe}FhaunJnA`~TNdivoxa`dpMAa?WobuHmxc_dhABptObcfjznBmWnadqMTwAhYskaocXgb
hPI`Cp\HuaueytapEKRA|c_Iag@uh@~DLtBouqmA}_QrA_z[_@yUOsc`gsx@yBcWAi{vTbe}AvDf~im`kePdBbkykab`c}`
qk]edcBzkB|`[`awlFybueJs`eAE{`mWsqasx_oBf\]pa~}IdCvRK[A{libBmPrGawJgVbdnpTDwlZJCrmtDBwRV~azE[aB
_Wec?hZZNb|hqxanj|c@lb?B@iKD{C}Omhcdha\cxn^L`agHBAbtXR@k?tX`rW{eB}BJACkrg{Dx{F[apPgiBpSaw`kqMOA
rJhJA`T?^`p?B}bxQZ}cbQjcB{XAwfzK_H`eSTFbkFolAnODL`lVgVaeledAzufwbhzFdbelySBcKtuAzzJylc~TMdeKVyA
u?~wAoSunAixCVajiOIBa}qz_ojc]cn_uG`m[sub`b[fbuBp@bo_kt@epOFazScJCqvM_BdP~hbchqgAfXguA_c_[@uwz^a
qIABCkupcCctKK@lv]K`r[C{cix_^AeZGwAwxMb`zUBeas{VodnvmvBp@cwc_]SWdb|Twbwk\[CfNKyAlDb`a_rS]C`b^wA
lJab@p?aKaq[CnAuAuv@nvwkDaG~yB{YrcapOJmefuCnDmO^LBm_]PAeTQAcupz\A|clCa}M{IA`cVSCvSv}Fh^fPbeLvWb
sKhIbzQ`BadUip?{_czCnrzfalaqwAcdm^BbLfZ`ody]`ulaDE`a_YDmPzWcoq|aAbb_VAw_A\aelw|cb`l{@{hcPBrUTU@
o}oTaxDYoakfAK?hJOq@ajYmay|UyBbahRA_R`manAnF`raeWA~IWPB}wAgAloqbDfTqACp[DVbc|XNAqv]vCpppRA~`RMA
fdCGBcDvU@e\W\`_qf[b{_K}Ci^EH@|\rBD~^}SAxl@FbrDIJ`idycBbx_SBhGyKarB]bcecCZ@vT`X@kB~O@cVXT`o`?zA
hcS^Apr|uaq{g?ahsmX?xGxJaa_n]BaNWYAcDz?BiVE{Ib]AH@cA[~abSoEa`C{Ta~}uaBtubmbpMBiBgKT~@mLfIBnmLZB
u~llbvn_T@i~RNCgEzBajju^AfBqcBkUOG`dKesawWcZBl~gidafXkb}?O`AfZEMBtkL^fhnWsAz?p?BmpZZBc_t[agBCld
lVSCA`wjbaffola~a~UC`_E?aqGLI`jy~Nc_o[N`fdC[a{kMIFc^tR@u?L[AtUGzAf]y_a`TbpabU\cavriydaMDy_iPZh@
g?QjAu[El`bapigtuDRAvlK^`vbgrb`eBnBcVnJb{DXc@bzQT@fioy`lejCastFOa|cLvBoAXcBw`|BagSi@FyvP`clvu]@
jMWnadqz`Bpo|A@v@yabaI]G`gv]H@zy{M`f\Rcb|^diakv`_az}Z^bjWj?@_SUI`ge|RCtMncAhynJ`xJuVcaReEacDgt`
}p?Iamvex`yk_m`e^X@amq}lafrOlBtwGnDi}NHA`e|}AlOUQ@pP{ibfEjoAldDoD_RarE_?ns`wIQzAwPKoAqiNwabZSKa
gEXY@hCtZaqnC_ApWsyb}X]MA`gX\AgBH|`and_CoKqY`a|nsAi]lcc~JrSbrB]Ua~_KaByOhMaewwi`q@VqBjjHFi_Z}U@
qxYZ`l}sX`awpmbql`}BkqXl`dMzfAmDXFApJoO`mv?NDoFyxFexr~Cf~H[c_H@|d`J]cav]Vcan@|?Ecdwl@kGmW`{e\SA
`_kg`aM^UbktAGbi`EtBkJq@aii\FbyFTpayyzwA_IgscxYBdAoskmAqW}U`d\cjayAeAba_@}?a_bjAiK@HEqks}AiRNJa
pXXt`_Bt`An_\YapEHV`dct}awEWRa}cpnAnu[gc}KrmAcdYfaqUFdcu}EAa~A`cbtvmrczZE`BbbosbwH{xB``^o@dG?ka
hSNEfzgMdAtavc`c^rA`mcyXAm^~ManjE`Dc`HOA`RWDbdrY_@u^oqabxaQb`sC}AxkxcblsNxAgs^kbgEKG@x^^Edl]VFB
dLy[@uHORc{VW\As?UN@lH\RctPzOasGgEA`mUZA`\Af`{{FpA}`xXbdrNhagMHMbmC`Rb{j\tblZufcz``SEnsUMblIUya
mjNbdfb]TdwZBo@iNSaa{qtbCcES?AlTzh@m[m_Dm?hDcazVH`n}mhbfcFJasMc@dtBQHChUkwcdr`UcaXGIA_wRaCtpWTa
iaJtByOH\Bh~VJ`inViCiKzc`zCBe@xAdecf@Psbd}Y|@xPhc@qjTPApj[Ta``CjAzl?tcaPb~Acgf?Ao}a^a{QJNc~BvnA
gx{zc|ukea_kA~FeQzACuJ?{ba@}RfcR}E@aCmwcsygAB|JFqd`UqlCuktNC~O}GawYkX`hjeE@nR~A`pIvx`e\}mBrvwTF
c_VSEaxKUak~uNabuH]btkvpcbSa@bmbsbClFxs@xZOUCyglwblb`[`w]EH@uNLTclNina|C`fa{zksC`eJ@C|[BhCbqPAC
aKyZa`lDPagqgO@nIoP`cZ[~cdUqq@gLmO@agOZfd{XTc|OYxCovsDAelnIa``Rt@sLg\BcQC\EhRa[DjOxAAfo@pBpSIGA
hAYKCkslh@tYNFAdM^T@|}mIAbe~Sb|ckLB_?RhAeQde?k[ol`eA{`Bfafv@mpwyCkyT\cpqblcyf}oD}kwIGiSNNafCqgb
u^m^`fgPn_n~gq@ig\YatpttCxgZs`yFS?a}OlbDiRr}A`e|E`_Afvax|v}CcA_{@ht@TEa[bQbkQsRGqVH?BoEVmAct?qb
_te_baL}dfrV?vafIjkan?Dvah]_kbyw`oAcc{hbuH`QBsDPZb~hH|AcQh~@nMHQbs^Gsaf_I^Cjnw`aiy^Pbtx?LauadPb
gZzOA`azc?l|Txaia_rBx~zeAg?Rj`~W{mCjeWQ`bKkN@bAixa~||qDfY[`e~fm]Dl{Hrct~YjAcA|YAmfXxdwhnybkfFYA
wmPUAw|tqfaLM?Cp^]gil\iOa|`OXeujqCBgWrP`cPORb}sr\@|xhoAvVrn@kUoCBy][LCclNk`dTGSfvl]zDtuJubmvVca
aqXsdhdy]az`]falT}s@yrnBah?QuBnXrc@r]ZL`d\Iqa}oKzcpTD\d`aTsaiGyobvMiHBcz`SAcWsmEnxjH``XZHamwq@C
gYRdapNbq`hztEAmfpTBd`xRa|_p}BrbogcdFQm`h|tGApGBWBsNUnBeYZdccWyV`ugtpFuQcwBiCYt@ie~[c}IC?blzQDC
lt]^@lZN@CllI~`eke~@~ocXds`iK@~Nwqbh@Smag[qc`glBMA`E[_`oclf@q\bTauB]Nbn[_NaegrsafhmmEtS`w`aamRA
ajj|CvcrZBl?SuCni_HBu|ZeAt\jZA|eMQb`YiQBbolt@yXlm`{tZKAqcbJAjvX[Ar~h\@i|SLbczVRCsv?nBfQ[nCp{XE`
hS]w@{\}_avCOWb}fICat`O^`gMMrbbz{f@kw?\dvOwmAbLyXAuN_GApyPv`fbjaAz_}RBp@`TAlz[uAv?B]akVau`dIg}E
fa@\ApkF`A}GbJ@o\blA`hmlavkJ\c{tKXEzQTNbcNRk@jnorbaEbxEoWygckRY?blOWVbfMXo@`GUNAkn\Sbot`ScfpU|a
drJFaeAmn@jrda@p|m}Ci`sg@tpH\alDpKbcbsD@f^B}afvvf@ddMF@g\qwakIqO`wdvTg}P@tCscJ}clS_pA_qrN`uxACD
fRKcdd[ULaucJ{`aW^OCjiqmerYvzbauoK@rsDADvxfwBuukx@h_[f@gfkeBkNw}bbwM`AkBwqbfUfp@aRVtBlX?v@g}mBa
}pK^`aG@HC}ihR@d^~\`tVagdd}\KexLQHDjWQNbsBVidaC[xAoH_@@h_ol`rc`ua}^R]BjKnH`~qoxbgr]s`z`dzarGzrb
iPfy@fjM]c|xS{@`CQw@e^h{asezwBefa}`_Ejr@sFVPf}NNMAmrSoAevuSB`CRDBeClFbooMvcfIg?A`hQLAgkaB``i\?A
}PIAfa[q]AwlP?a`fbo@p@MuAwhceai}z`abNDvb~IJ~dd`K~@{mup`oHoT`~glIb_jb~ay_p}bnyJQAfOigBuoLccpc{Ca
frjfBbOPJ@my@Tch|QhaoFbCAeRD\foTNmdcrdPCw~ocaggyXea^jiBiqMY@sSIKa`AfZcaa]J@ihXqagpE_EeV|D@pCLub
dZsMal\qQBplPRcyqxtbirdGacFuOBbAG~AinMYCvHB_Bchlo``a\k@jhSLabux^Aj_Ppcp\VT@iGFaecrdwB|Vur@sNkvA
wkIe`yPliCaojV@oaTgBw^\Tah_Za@dXSCdkuMWAotKLBqXD`c~qUZBt\O]gfqYt@tiFpA|CfvBb{awDtaGScaqyA@_uNic
lfiUDhmuaArD}]Dd^}n`u]siApbEIAkGw{DqWdH`aovvacJeDDnb`Ba_o_k@|mn]BuMHT`|\IMau_gkc`exebajqJAp}j]b
bDbQ@_FSq`oCXu`eJunIhopXAhXifAaPGnBaQ}Vapz{DavspxAljIi@oVnUdqvQhanHP[BpnGqbeMzwAeXSedoH}Xbq@Cce
aNA|@hhiBCgh[v@qOIZggnk{D~dQtD`ZQw`zHy@@jQpj@i}Xn`uwQHEbdfzamcs}arhlMa}A[QaevKiac[A\FvJBiAsVR^C
gIUi`p}[\adwQ_feV~H@szGcaqmITa{mw]fyclEcdNsX@dxcg@ddD[b{V^hbcfu]BjnPyCcNvn``PKDedk}daz\cMCez{_A
_xwhaosQL@qBfJa{d~hBla_Fasie_cdxNVasaqu@i{a{`v`@CackAKa{T?zDaOAtD_n{QG_kDS_ua\DAxI^Da`LTTcwZjC@
yTPCAyji~B`jBNByplcewURqcnp]|bezmg`mu~oicTq?_ayIGa_?}?beDbq`{pXSaqwqTbaiJH@xMywA_mM\BrhssacwAZb
iK\`ah]qo`vIRYazoBxDdfHKa_M_[AbuC[ac}?IbciwG`wOyECcGbvAtEBRAa[q{`rAaTesQSN`_SJD`~JkVChAyUFvshNA
p_xpBmrSYayv?QEvYQTba`AYAbfAD@gS\v`bRbgDu@Z{BzNci@~|Y[btAH~f_qbJ`kX_OcvR|[CiAFYA{?rsaj}Z~@bldTa
rHVxChXkN@sJrBA~_j\CfEYlAo}CmAwaEeCsGCcE_qiE?jfWqettIZascVCbiVyPagW@oaesorA`p?YA_mBa`foxYBrwtFA
wJmSD_[Ao@dRXXBnlkwbldliDmwQd`d^CabcSgaBb`sj@}`gqae~|H`yNkFauqDic`Ig{AlQe\ae?gE`dabtanaUjAhKvo`
|sav@qwmPa`Ck@ahDjRDg?aFDu_MRaoxHZ@iODd@jiKeaeO_xBlhhbctK{g@bxpxDs]JpAcataa`G^wBvuGjbduphAvKa@B
xfW[Dmhc}AmcFy@azdVb_UKiD{O|sEgg}x?z_LoAcexVCsVpT`s~N}Cy\{SbrSnWA~nrFbwLwdcegiI`gvIGae~}DanAKeb
z]x\`bBN}@qW]za}_cMdhg}R@oNmeAlY}TChQCWcy~dsb|ja{a}zbWAdKAEadsVraxTQvakz?JGhW\Gbk|lpDiwcV@jn^Ka
~o{JBgPsR?uJz]`qDD@acOa^exkXnBhVN@fy`xUceljVB`qaIAmCc~aj`nfAbrEFcs~CCC`}yvDh[CTc_bcjBrk`XA`QBh`
rPUja`BzC`iN[f@mig]B`vX@anIQ@cwxmCEc^fR@aXoOI_]QNAdAGx`vk^[B__MbAv[JDahNuIAndVNAxd|latVg]d~gZWb
]=]) },
{ inputs = 64, outputs = 64, width = 64, product = product64, y = {},
bias = rows(64, -25, [=[
iCGgGhFSNcwWBVax?eqatQzebmiHzBdo@FA_hbI@cc~I`szuGbjEgZ@tO@\Cb^YEagTKyBss`L@aJRibcr|T`gC@IcsOLja{QlKBlLO[aq?mlaoQ[XcbADiAey\Cag^mYaiNPNB}_]WArRnIBzDLxamhVhA`Q~ZazgzkemymdbqwFuAnkZM@wiJLBiV^GAp^EOaxI_qasLBV@md{iagDQu_aeGrab]UDcxSOZ@|mzKbtRjqCbeUG@|}AHflXxx?nWLu@mUcs`}\~N`aJEF_rL}MbgWMFD}]eEAaZtpad`A]A_J{TAiKNdCgfuE?~nTra
]=])[1],
weight = rows(64, -24, [=[
oCNhDy\syAeaf_`eSDwdjQAUAhW_T`hLcnA`LXA@gmg}cpmqxaevzZ_axe|_qmTTbgNwUCup`HBl`UbErjNsbnkMtilY{Ddtgx@`jWpaag?B\ChlEBC`yD]apEQUBcCVzan@rr@_cNlayLGLHr{tmBqUaB@h^PMacrOCcl[{G@wOCvb~bLmB`agGblc_V`gFPH@v^fQB_~QN@mTLUcfF^bdalRn`aZklCa]saApzy^ApcepboLOp@kXA``vhnmDlVSw@mXcFBjTrgBfmi[CrlcC`n\P\@hlmt@jDwiAfvGsAemcbDicr~By`ASBlzf~a
nmmnBaWpo`{`VsBvLVv@h\}KAmBdA@dGH@@f]hd`_xW@`chqZBwcloadGvZ`vLN^cxxtib{bUTB{@qXddYJbAgMSGApAGMBgQYrcleqCbazQCAvRaeAsFS^avOokAqfVdAdRFG`_@|JcuDbsa|\tjC~`SRanodUaz{EycazIC`_hnaarOSDau|M~B|misBhOYfbvLPzAf}LuAnovyDdpf?ErF|nC}[YLChnnmegsXF@hnNAaezXKAb{ap@~rrABaDvZCyitlcd~SVbbzdsAeju`bg?bDdlvXJ@yaZlA_Abf`_B@N`hmXj@tTejauTMma
vWnbB`QiW?uD`\AgFh[buBzz`_DoU@pX`GdkO~v`cXIA`kYa}@l_ig`~vHp`}vlgA{UxZAkrJybfmTF`kc_wbcnCLBrhLFAlBahaqHe|a}aM~axr~qaaz|WAaNx}Fu~b[ad@u\`km}zBoE\[@pUUw`_Fu]At_Bcaol~Sbeutf@nUGSauhmPAxE@MaeiT]Cc[^`g_qlW_ramDalvSJDmUiobc{GB``RJX`y@owAxpK~Bfv?oBugH[@pck{DdmC]bga{nBfeo|aubISCc`yF`m`BfBqhfGClFnrA|mhqcq{}bbbKmj`f|ev@`ihP@vLtyC
dbRQ@`^o_`kLA\AdrKUAvyNfCjxFhBaz?UanGU|`rIv~@kD@{`c_m[`enDVC`C{Y_{QpvAkZB^a`~FubmZRCa|E{bd{EKABiiHcbfPVx@iPwabvj{OD}vc^Feh_LCeXGTCgBEh_fVN\CqC}WDcBJuaisOmAlTbjAtQfthmgr~C`^xFbiNvjCuakHAd|rgcieMwCzuguayblJej[`EaoOPFccueSB|QgHabCPyCffQNac^mO`hMasBfcV_A_Y|Fat\}N`xS{XAkr_o`inZEBw[IgAdZw^@eC@NAyEaBByeD`BdfuS@i^VSBf}w^BeRQu@
b`kPA{m~@bb^Mk`g[lw`fMOqbabTS@qAufa{o{PB`^yddsvcSAbusr@zcYDci{LiCam`{@_vF^Aa]^^CzOeUbamlw@qqc@ahlRZ`wSVbAiB[ubg@QMAaOhEBurwiBd@MQb~BE]ac`DQc_xglanGudGfiYkbjZsY@dPjibxHSEAaJjJAq{gcdzpoRA_qIV@cF}Q?ih@Dd~kIi@_?GDagO\|anYK\AjppaAyo{rah~S{@bNAzDfIewAlRXWAyiZXdeJTn@fcRycdcSybvXA^cp]YV`iYTEcd|hDD`uyzAbqqR@fDDBce?RiafUuIah{BXA
{q{lAqsWoAfcnMBa@j]A`JiY@pcT^`ejykdrj{DaxFcFa~NhlcrvD~c~\|^ahgtT@wS_VA{KAicjHIh@yOgSFyUAsA|eVMA~aKA@nn@XDixTlahNiED~zklAdrzGa|^KtakC|WD~eMzbjCF]a{TQDcukcW`n]YoaivGK`z}@dCffZxBgRFhE~fihbhZuN?`]GT`b_\t`gt{p`tE?CArEEBAo{ANdo}j`Aa}f]Bn~BMa{xZG`v_RXbdQerfeZq\bak\J@|T{XBtKyIA`HvNa_p[|?dmg?BeN`IC`lXwAhObPAeJbfabWZda_[pt@wOG_b
r}jma`}XldduuiAfeup`qDVRCy^IRAt\incz]@UEhyoO@fh`JblTuObyzTDcqivsa|CN[Cu_x`Ax}[O@oPufI|Qfia|pR^acvEw`ndhddimxXa`CPOCjYVsAdKiRAozhbaeYC}`u|XWAj]YracF@pa_MqwBugaBCbGAkabu[|@kS}Hayb`GaaSHcFwmfmBeqaW`}znkBa]lDam|ka@fdQvbmKf~C~bKnfrdjCBq|WjEeEKaEvL|AcbTDwcbdEI`hxANCqrwAgngVD@uGkIAyEiO`upry`_rWcalke`C_Zmt`aATz@_PtiCg`XrAf_RI_
hH@\futo`AakHl`hYx[@imJPA{haE@qNaVbgdTGGoKX|AbXk~Ag}RhB`_XBbwTMmCfptgBvYn@CstvL@ybiFBkl]}`_ooP_~lx|ad^Ed_qRAZc{gUR`qWsBDsXN]bgaEza`g]Fbaex}BtSlCavw^RCl\WaBqoXn_kI`DahXql@_^mq?diCEAzzYPDfOyC?bYpF@fDw^Ap_hRbeA]oAciSAAydHSBmTRtabr]gbnNOVDpoRPahoMTaa]DuBelmc@yhnycgDaiaq^X}dhVQEAiURCb~{awa`m_Jak^rOem@WQ@g_ISA_awRb|^bVbuMUZC
qVvDazSoSauRSkA|g@Ca_Gs]A_|b_`}nZnAaklx`n]ohdaZtu`pGrzdnf~OAcb|T`b^YQb`]YLbgUX]Bix}?B`fDxCgfCzbvfYWda`Xq@tcCMEvnwEbh{yrDs^FI`lsJOag`vH@uROfBdpLjAhjc]bgj\D`kLGt@tpVKbcxOiaeMy{bs`vPBeSuWbv|`~bsUQxB_pcRamzTqarO@gbh`sgBatngBsEJw`osi?`t^UYbpQyJBpokz@`gJD@qedZB~cQXCjklYAea\vagMUkAr@N{b_xqhagZpN@njY@@agBS`{QKUbi^AaakUkqarrUXA
_WCzAd~jb@khTV@cksg?iCBEbwxnVCdEbf@rlPx`mIQ[ad_tIaiq_fA}HWZAfQxYAjBNdA|^cobyTPHB_tqQ@bE@OAhoAc@qsp{`jt}oBqIzDbuYG\BpuRxAhdl[afUEvag?ed@gR\ra||LNAvigoeq^g_cnHltEl_UjBgTSRcrgkuahSC^AxnLf@iFsRDmFMJAfxnQapq{VaaQqtaqpuSAv]gy`dyroes}f`InutFbiNaCCkOIs`_~_L`wHOmb_c\l`aHkhAyrpRCf{r[a~EudahRj[CqK@Kcns]rgm[YyArow^aohlS`zEN_b~xvHb
aqo^`~Bys`wfbHai}oIgwLDTAfHKeKaxBs`sb?[`uaAy@g[ZVCpkYr@pdvq@zr|daeN?zazzSIbwkMj@bvvb?yCI|D_nSBcaI\]@rSB?Ckt~?bp[yFBrKou`eufiBho}qAq?YTA_@wB@ibEw`tw|dAlRW|b{tQUCjFwuBe@Yubb]GHAjALcBfsDV@kB_Q`aZ@LBgkZxald}v@sU~EBobdbauaFP@ozkZAt}Ivb`JWv_sDcuAsgCi@dkga`~O?ocnVjKBzzwtbbj@vbv[mCA`Q^PDckuQaquMQCxLF?akgfOAsy{ibafm]`llGXaeckcA
kC[VCiDydcdiGra}JZVdmZrw`x\ZoedzfME~z{QcmzMWacaQ~`{Qb?baR}k@uLBSC_tqoadMc~AvYUZA{?BGC_@tfB_`zIBcfkPCbQNG`znLdduXh[`lzZ^I{hYB@_~BTBlQzZ`qOxha|z^[@capj@dBiTb}Zd@@`@@aAeWPgBfbzZ@e^X|`oP@Fc{d_TBkL`kAvgmja_j~tabkpq@porNAyHtEa|y\^Bt__DAlfVxb`iivC}lh?Bch}ZBdOblbsDhYf|Gj\Dp~[rbvnfiasRlKAwqDjf_jqhBb{Pc@nieHAoP_SAf_mqAr@RDcpEg}B
sv{U`ktag`aOHmclVb?@hYIS`v@L_ab[qGA{i|Wb`[r^fjMHxcxEafcjCzSbt]lWalKldarbd{anXPWbaYgA`j~jOB{sDcasr?}bfoGNcuuTkAjZ{hAh]y{CsGCYaiZGyAde}{b_q\rBiKWEBf}uGavp_T@wjQa?`alv`kaMY`ft|PAvEUvbtrJNg}Zx{b~l{wfoq[fcrs@SBhd|PA_HMwa_]Cc@{oEIc~_FUctg_]BzHREdqt[jAdgz^Cs[sE`nU|mCw_rebdI_AAtjV}`u[AsAagFG@btj~A~hSDBt^vRbcef^E}IB{CfbgFa}B{wB
md^PAkhVgbdZfdcdZ`b`{EbHaeh`U@qA]MAfJC?aiDtd@errOAr[PrBsOfLdsX]XbwzhBAsFloatLtkbhbx~AhtR\ahNd}EsfkK@c{R?agnwsAfn\fB}fBrDqbtIArSQNBqOrz@cHk]aqc|xcd}mdCc^UdacCu[DoLFu`qwrSCv[BHah|RaCgE}jah}uTA`XlUax]Ducol{bAioC_@|`\DcxUCbBl^bZB_`ss@eo{`acNqS`bPSfBr{TpBzLEtczUxObaEbO@l^Sx@yl`\@cGsJ`dgvv`_MOp@oot{DxzBfAjG\]AiltL@suRbbl\CSA
gxE[AdILTDuYIqAeesNad\YqazLRMAiIwo@jseta~uSrA~hJfb_rvQdcVfk`tV[tcg@@X_nxKSbyVLbBuaJja_vYu@~mtVae{mZ@eAPra_a{fboVDbDrh\VaoVD_Baxn|avErxbjeKgablpkAcBGmAhQhGB`YMZeyEWd`nBg_AxPYRc_LeKatI[LbadAZeemL^@hBpT`gZh~AfXLW`~r}lDnXk_AoMGvdwGbUbxABXaktMTAjw[xaqDi}DzxuGBtKc\HvqIJa}gfBAvuKGcu|QWc_PWKciE^d`jhZyBq@jJahgKdBcc|gAgei|@tjbDG
a}t`DnAIfa_thXCkM[Q@cJzidcZmoa{nwnakIBv`_ocP@ayVs@{|y@bsIY}Bqr}hCjFHvAs?c?AePddActrYAxZK]DrDGS`sg\KCgK[xaoB}KafEUfElVb^abnlt?cJVK`xpO@CpvlvBpAQlAqUOQastgD`xLWkeebWSAqTUBBf|[QbfVNhBbFLfag_p@a|uWaCiQ^v@ukLDCeuWm`nCT@bmk`QfuQVw@}CSwabTbqBd{VX`sz@FafZ]Xbz?MZd|yzsBaOqaanOIDA_x\bCdDqRAmUcXB`\Pb@kHTwD_IyYAexZQA`kBY`pZGKAffV^@
bcay@tAZEaaCXzamnADAt[PtbhxSFannlcBb|uaEl}SEa|Ht@e`NoO`co~sb_yyz@vVJx@kFm~`_`YO`blSk@mLBrEnUW?@bPIF`ooX_DsRVRAbKF{`aDsdab}Z|amqvtCqHkJ@aNdk?xX[Pcbc_ubwqsnE`XIiCtUOIChtTt@~GbCBmP\]advJmaqi[tAiHj\AbaS}@aSlBCcEGw_cTL[@h`ko`uwtZadsZzFdpzpaoiKUAwOoIBjfticyanga`e\NatWAZBhhmpA~NQ^a`iHycieoKC_g[|Bm@NscsO}Ugu^QtMxFmtCcmo_@_Jb@a
t^nzAanb[BiKUtCkadpH|XTRAhETB@fvG`DnPSc@fbaiCvavGa_OzZ@`c~EArAuHAcxip@hVWMa{NXMBbf^aa}d`lA|THGBe~KCaquv\`mAF{`gYrHct@_]Eq|Frc`JBK_wLzdA{}Kocbzlnbnn]aBeX\Q@fIX}cdJqMAkuFO`hQjK@egHJamZ_ODkXikaxIKMahXngbmKD`Dzn}sb_klD@h[wJBtQR}Bs|Mtb}NfuB_XroAcVAlBfpMR@ggf@CcYMQdyPX]abgJtAqXrCAvnIWCeFXbAkS^oAqhVGD`J_oBpWdqcclOgDn~FFAv[jyC
cQm]GviXU@obiDAfCaEc`azYBgI^^`j^\XbjtVLBotsrCmc{k`bp@xa_Yoi`dMaZboCTQaocl_balsT`dxOu@zR_Jd~XcV@p}BmatUXKDphqZAoT\E@oIvOCvQM?akkzzacg~[awh@sBa|mPBzM@{`ht@Qcqu|_@uWWUazauSBjYnHAsAxN`iJa]BkppOa~X?yceB{i@p}wT`nenyEzc`kBiuiT`bkLG`kH_UB~YO}FaKwkazZEkaoEX}aaocgArvIGesPmyCkziUAh~kKDaiBoBjiLhbfIopAei]G`bdIMb_rK@_pISCAwNhBde^Kt@
dr~WA|U@PbwviZBotgTCi\vah~p_FAg_oA`qv`ZAaQh]dp_b~@yCJKbamScDgWpeA}xrsAx^tvadaHgAuPrqaddFv@qVOOGe~Z^AoGiiagiHX@xvIN`skIhAc?\@Aa?dSauNiOBflJfCdLlUAx]QFacOC^bmy@LCjvkmas|n{gxPb~ay}M[CukbtA}Rw[C{tiUb_SnW@tyESA~iCAAgx}aByyi@b}F[TAxHHqbh~V`am_WmazLHqbejjYag^l|?l`dyA`[U}Ajl_EbjJ}d?tlKb@nxKYfhpq]`dt@yBbxegbdT~f`xUhWCx]yramnNO`
b}fbean`YCqtCJAgG~_Af|RgBku{DayjaBAaj[tbf}Sdai]iofdya~Apo@?cjGVu`xop|@g^Mj`qWCgBvKB{@p@jeB`N@Q@s|LRBco{y@su_fbgjupdnRD{ckZDcDrhjDbmyuSbhyGqFrBS`A||MQa_BuE@cuOHbyYWvBmD`\af_Ow@rCgjAmjugaof_mBoVrcAzD?nAdOwKeew?ybzLigbehMb`gahV?jnbicsNtuc`{ieD{HSNcvPDVBxdO`@pJR_CrUNbaoEjobrPV`al@cMAfkNp`oa]fab?bBbb]r}Ayp?t@iO_f`_BRj`zJt|b
kJYibyjgaCx[by`qUQv@i`ekAcAda@jwjQBq\eW@oSAlb~?v\Bljlfapw~g@roU`A}gdFd~aKWcv_{KAh|D^acRcEAmJlh@ncnCAeT@oAoSdH`cNaF`wR`lap}BhBqv}maagVnbyKPza~WQkCdbIX_mDBOAdIjFa{~?hbd|WoAsb|vaakAkfoGjVDq`{BAsEGBAmIaidyk\ybodqIalZekArvzRaryj_cgT@O@p{xgAmo|SBl{zxemLjWcsTaFB}}wuA`pIY@h}Ab@f}U]b_?djcbJff`pKt^AtGV@D{?r~C{h\GEcUTNaiKYfdgbsbb
agPsflxVFbjb?X`x?jdDn\[falByAAfDnxCvTNAbhLjaAp@`cAdkZNDkg|bcmK]ncjiqAAbNy[@tO~qA|a\kbnontanLT{AyoXmAmz}B@aPA_fhio}`izXe`ns{IcjT@@`mrmpCiisRA_lft@ahzZAf{M|AqID^`gHfGaw\DfCiFNUAeb`pawuzAB}}LKAlIJO`q`_gbwYMJA_L?@Bv~a|@_LZ@@fosl@_uQdcplKoaiT@O`xYOV`kwP?bafh[@erpgAwdmUChI~JBrs[Nco}Hg`giCJAhLixBvbtddk_RYAf}Ru`oRc^bcSLo`eBhxb
kxPSb`lvm_uplratIR{arrJ_bzgjOb|zKfBxd[OarTALc`Jc[ApjB|AueRXAf|e}bc`jsafu?a@gWqZAbckjas}zF@kGWc@kbHjb`T]@B}NFPb|S]fEfHZq`awRBAkt?ZBeijkGtqg{BoP[~CcKIU@b]UX`i}xjal}cn`n@fS`llkhAlzQ^agT[UAz`EAaaVD[b{kTcb_Rp@DoC~g@_fnC_gGjfcvnOYC~~?SahO@laappc`}QVYcsx\wAmj`Rduxd]ai`mj@hK_G@jY@N@aIxZ@x_DwBbik[`c\xqah[SybdoY@dtPHa`gRx@brfjC@
aTuYa`GbSBh\_GA{uvab|~tLCwbUSgpuO~``]|XBx}`c`_AxD`hZ_lDawggEc@]n`uvWIA{n`W`hR]Hab?hgByaJhBckon`h@g|bcYDgA|f[FbyKUTAc]Hn`n`xS@hfGZBeVrpb}NUjAplZhefartbw`LIctSWvA}lOgBjraJa_xiKAoX{MB|~[ABx[LTcdkCgdsWYBeig\_BpzM[@`jUcAuIi_A}WZW`bVbw@srRZagm^L`fqJMa{il[ckeuC@kn}MblqXAAzBolArMLj`rtfgDls`TB|tpdDayEqB_gPZDs~gnAdWcQeu_QeBxGvVb
nig~Arm]h`pchlBcAAW`wFZiBbaNM@ldE`ewfvzFerRI`nXqyCiqo\`bcfPCgM|ebcVSh`_hjgD{{jHFj|XJCs}E`Bky}JA|EWpakaiPb_EIpc`wR{AeqVB@y\mtb}?v_bwvLSBpTGabjCyuAlYo^`}zr]btNRUake~MesIIRAh}yVBshHBDbc}na`a?~`tgxoagJgwAeLKyakuW@ByowOBkL\E@cQlvAwECk@||mIBbl_U`bXI{akIP~ag|RMak`X]Ba\ifaj|_JbeItVBuRqXcf[OL`tE[@a{@e\Abo_R@lH{jfc]FDbkbV[BlkdsA
fidP@nE{`CsSCHB_miMBurUG@eiGyaaaALai[lka}BNSceeOO`nweiacNscbeLCFBlziW`f]eO@qPawbfBDMDeFO~aaW~Nb|jtgAa|uxByt_sbwoC^BvArpb`hNI`lo]YCi{nTEuXHUb|Q[K@`\AY`vIOydwcvbAkh}@AsPRqC`N}?@isEqbqvX~BbQUKasvYZc_fSRCxQsLAp{{tBpuP_AeXAS`sDSFacfl?`g\cfBm}o{A_kDG@vpto@eVOw`kdNwa~@G@DyucSAhmeK`jOQGEgNdbcdr|v`mabD`ouaE@pVfMBjf`YFkzuBefZjea
`X^N`fq?P@x\HABa?zQahhrcA|AH^Ar@QPalx`^Ackv[ejnceaohAZ@aMYfaeNnVcnHzZa|DEk`|Bv\Aoaa_blWbJafg_~bcn|\Bxz]tAv_arAbSC^Aym_Qcb|tqbt_NcAxcbgcaqMLAqb?~AoFJ@BqHkM`yMY}ai\QubfROZAsd`YbaF{j_yFzeCaqIH`mG}fboqCrahGvu``~CAas}TjbgPetBlOe@BgT^`B_my]Ajb[xclHeXC~HYuEh@v|`v\jgeqKvHbgjM`BerUH@v_riAoEq\Bz}TDat`yBAbX`@AbMtfAoG`^Cq`St`vIE`a
lE|Fe`}LpBzcPfAxR{rAflwXafZBZb`Z\F`kqYn@zs``B~U[WAd_npAsIdr@mcIAcjHhE`~aH`Bc?vx@bS`X@}jbJDjNhtBaoyh`aicu@x|Bdbne}YApNTZBocfj`c@XmBfPK_G`aNdBfAsgBdfRV@b^^pCg\AVckeDMFsDir`_rlS@wXL^BuhtMbbLhvb`qcGBkQOIaetEhAsb[Z`~FVNC~vXwC`ed[btEGC`gY|hDbJgJc`G]l@jxx`ayWxYAd|UT`nmL[Aopy}AdQUCbzTY~C_MTq`_vVJBm|P}bhPrz@jMK~@venCAgSsFCfDYBa
p\_~bpFBecnKarb}df~DpGw|@cdsbBkEUYBqYBRduysyBhIaCB_A`PAgAg[bsQW}AkIXKCxt}oA__OaarPlyAk~qzah?ROB`RjhAq[GT@liTKB`WlRadWjAAzgXJBdhQVablJTBsYXoa~]`FBebck@mxig@etmna_ZsUBoLbCA`{YZdgwwUakB@U@icTkEdc_PBcrJvcjXq|AsQuwD_?K~AwbFKavEsWajal`boEd}@rtzVajyeRcnilAaa^ec`u^KFAoSjJ`nXfV@flKGB~SAPEv]Xf`vcbsCmjAJ@bToi`lzbDAdi~Tazrj]Aia\m@
sbmXCbCBF`h]Gd`daMrCsuanDohOzadejGc~LXVaro\{EesuOC|kdiAnyP|@hZt\B|^c]cl|YHGl^g^a}\wmbvFdUB_Md]`r\CJCgY_@a`~{yAt^iOCw]wOAeNcBAtHN[B`cUGC`ghHa`HfGApxA}a`yCUA|VXw`kYcJ`x~FGAotrlbeKGX_ioy~b`Tx_bzQ^jbuKiv`i`oIaeW@g@cGrT`fWeXAdkr@B}@`sa}}QOAybZg@mQdKcyJtYBoFxqAyBfJCo\`Laf\EPAfvAUaguQoa_UYZ@eQa^@dSJxAu[`SB`UdY@kGUyAj[TH@~gApG
dS_^Ach{uayCGxBcZcHA_KqS@yHi[B`yF\azGrQAcGM?ArXzYCakEPCr~yBAj~USbdw?hapadXboWCrdkMuc@t`Ioc`}dq@}ZubcmwX[BuxUS@rHG]brgswa}P{cdkeMj`_l?NcaWWF@kZ|oAh\n]amioi`mra`b|`xfb_Yei_zO?xctJEVBpg@j`fVHb@aon@acOAo`v?aVbi[CK@bxQVCfkcOciq|}B`UOdAawj~@gsjZBrEX^bkINfBzmaWasZBTAf}e@av}HpCcWGU@bBNLBfSOI?|sAmb_VH{a`{pI`|YKjdrlCHagoOUbfc@GA
{@r@AvUB_bt_dWaiDJ{ajgR@adenZhv]KeAeGTJamZnzasfF^alFFzbeVe{`iRrs@jnSUGtPjSbgNQcB_BSN`fJjw`mp?}bvpLqCklQi`j[]IbqAH\glA^ABkUJiAlqmVAdcNi`enwcD{EEyAbjHQ`zpwVAys?de_~zlckvEO`~El[bnQCJb`uHLBnkZmF~qS~Caz[sbdsftahbWca`BpjA`K|z`a}EL`esESaah\L@a|i]`tjYaCtK_NakPR|B|^Lx@f^ribrzYjanUtNaxuQtaq~B_aa`FnA|FIxbnBCi@bxxp@_y}o`zQwh@tsHia
zjKLbeqdEAzTaYcn|vhCht?Icar?CauD\AA}|YFBgge~d~s~MhaUIgaesi|@`Ek{`l^o~@yJEjBk~[{AuD?TBkjIkB`LkcAnooABwHXsDmL`Z@fniC@v@rackK`weo[RtckMnecm_tib`W{c@}Zh{bbmWo@cnQe`yENiAiFoxbgTtbAlCXSdfiOtAdFrKDjq@OfjUbzEorIlbfyW\acHmM@glsi@vpU]`dONYB~bb]AbmJSDqID~Bg{@`@mG}TC}chjedMrKbhlgi@hzX?@sfbUAhbqrAwPkS`fa`}B`A}E@yIXa`yOCZazSvbAeQOmb
ilELClP`AAfeVPArR[UcbIS|ali~^D{Hv|bcXz[`hKCMD{VI|CbQHxasU|wA~P_caxtrzanbs}DgVEi`|iLPa~U`lahykTbha}jczx@}cdWCrb|NW~EdEWsAqWzcAeWPCAzlJzCgekFA}`tkCgUaXBa}V~dg~fucfgVg`c?pXBkZi`@mILjbdQupAw@I{A_Aj]ApAjtF|B@o@a@ORavDW~agP\bA_GxaA~A|M@}JwVDcC_BFgrova{ugSA~YDTbkdxO@~Rc}AkiYVafKIyAjEY?A_MhYanAzD@fJwzEyoo\blCQ~BeEPq`puSOAixHya
jP\KAki|ZahTCXab]EFaa[mSCh^?[aypfscpalacwp^~@iBaDBdMeo@dTqj@bYkhayspvagxP`CzkYaBz[aeAaQV|?riTr`|hQ_ErggGbkxKrdlepvCba@wCqTV^BfASXAp\VrHn|MHBhJsLCevSH@_tJ@Cs`P^a}`_daf]cH@}^c^A}Quf@xmwpC`FxX`py]xahcWIc`d?pbc|gq`g|LcAcDxxCdSyPacWKUCaMqYCnzxe`slH]DkftY@`jB^c~aMye_b\^`k{xKax`}Ua`[bubfRCdCyMKFCp\mKawuf}a``mabz`yUdcl_C`ftOW`
jpYr@xyH_bx\CF@`bSv@`HK?aeQG~`_utia~FCIbfVR|`sYh~B}oPjAaZbNBahM{Bj|zVbr\mPAjCYebl~PIahjDhcyYqJae]NhBnvbDDvs`X`atKFaopnta}hPtbnhQv@ycmba~RjwBlRbrBy|~YBeeahArW~{@zVglanelUexhYHdtqPPbxB`mEe|vIcqo~Thyj~fbdMXx`aDtgbeq_JacMoSA_{lsfhlRU@fXPyCqOAPBmDu?AlFcaAl`aQBg@nKAzYgBcwqY~B~`LDAkfgF`vVykBh\gN`}[OVAhaocBttDuAgNAp@{XHqE`Hqm@
hE~qe`UAc@zMaz`{rmoC{^kZjq^~UApNrhazqXNdmDNGauzhX@rjR^`jk~MaaI|~biCgzAaFCvA~HeQaf|`{C_hxg@cE|y`a~Jz@l_Hmat}W{AuYaDbmjFtAytcZecc_LbcRrFBfhJ`Aj@RSDnPBveqsWkMfMwaAv~LcEfqzB``wrDc`sf``mlu\BmynUb_yAQ@cJ@J`oeyua~{rvbnFfNCyVQSa|fj`@_oLQAklJZagDtWactA\Ai\qLBospZFcC{\b`qVOCm^UKb`NcmB~^xp`yyoiej@AdC_pzGAacaN`ekX{fvRTiaaUkj@__MHC
uJzT`duPj`iYyNamnolBfecA`eVPBBuzr[acrYJ@gCJWAsWluazM?ECtXosaxZFLAekaBC}JH_b`NrL`rlIE@jrUpdsahDbiSKGAc[|O@}PUFbl`Umdm`QTB_RZ~Bkmd~`xPN\GgyYi`qLqJdbN[Lcub}vbhQRt`hZGfbwufdDqTz\Aoy^tBbrSMB}glVA_ahD`zX~]A`EYRAkH\ucxyrjat\|FbjxZWafDvMDge[cazovNcxpnxcog~{AomcpdjT@_b`qEmabG@lCjLSc@_LKV`zKxOBnyzOAo`xu@xR}yBbTHjbk[TbalquyCuwiCa
iLyNaf~gA@bosXbfmxtbosPZb`N~X@leqv`bWrq`_wql@`bCp`cZXTEjjYLbxj\rBtsZ\GiAbn@yLq]AaoNb`{]iwBwBlBDfqueah}agB{d]?fcKsyasLRramod}fd]eE@gRiL@jAqvA_M\WbvtG|`sjl{@zXRFbeZe`AdoQPCfvrEAw?wG@a~liaq~u~AhObZAbmcNBrSkzecI~UdfzQuBrnIabt\JuBa|LuBlLKW@rsiAb|eYVblLEz@xIPDBlS`qb_@pYfjhMBaz`\JbhjIhc`r\Dbnb}jEzfTx@fZPZCbGjsiqwkQ@`JlZ?u\RPb
wn^[@lU~q`in]rBmK}_Eu}y[arYsFBj[PVbnLecB|oPKb_Ky?Bs]VICxXu|BlwhbczqpHBf?`Xah~i@?xlCJc|`~@aitZLdcd[z@w^}cAqv`HafhSlAkk}Pbbd\zabzRAamPuu@ye^aaq`peCagb}cqj~Can`ZefoKLIBeWW|BzGtl@kPh}@nZYJA{CsF@tyiPgorOEayug}`pEPUaq^xJaak[u`oZwBBc~{QAjzA@BaMzO``_|UaeNohde_NB@mGfl`vBLPe`U|eA_tBXAdAtH@m{u{BmIc^c|i[i``N~i`lmPA`jYU?b}sVIceIrDb
ed_TamvXwfrn`yAjunyCm]\KAevp~DuWNMCr^ucAh^kpBptYH@wYyoa|qwvadsNP@l~OcAzbvBbd]@ya{|GMi~j_Pa_C}tajDfl`}BrCblbU_@jCcGBhfl^aaqaU`rCEtCzmJBateUgc{_w~boekkbezTpAc@UhBvXCZCoeGNAeZpTbdQQuAy{eyCndpcbbFqYaqGz{`_f[dAwhEFbcEY~Ak[jh_bu~dboHYL@afSCAbU?EA|daOblHK\@id[dAc@^`BqSNhBgrPVcaEtA`kjqUBrUrqc`bakdc]H}@qvcoAeAVg`txQgAs?en@hNHMa
wCq}e}^xYch`nWbmrKNa|x}{ba^jp`pVD[`cGSvAeruKbv]@salX}Y`tJqwCejyH@i@DJAqgoGei?u^c}Y[VBs~|iCi\hc`~GRAaijNEarI[`AqpqcBppLw`h@KE`aiJQAjvC^`gjlI`ua`sBd|pEAlHju?xaR_DobIWcoinwco\bh`hrG}`gQGbazfF[`ro\E@kg|MbayJc@ceqdbhiG`awOVDAbBIqaeP}QcjI\cAePfL@jIruamn^VC~@Zz`hFEy@_sj}ArRTNcyxbBb{g`La{BEc`wrm{@tnCEAudWjby\][AzM{jcec~BazZqrA
`|aEC}_L^Cese\gjDzu@bVDoAmCWR`oYh@bvepcepr|tixbu|Ba?Rra_j_Qaaor@ChCx^axAos`aORaBpJ?QcdDb~AiUWA@vZZKBftORaqx\rb|KmOBdtiZAzB\JAs|CBBwng~a`ZDk@g@zxBq??AAkGBtBrufa@wVGK@cJGuAnnOWA_``u@fAGF`|N\[baKKcA`ekGaw|gZaqxyOB|dhyaibgY@oqzEbjuJa`_t[d@guIRDf~b|`hNGpAqJuMbspWfeethiBfCi\acDLgDaiBH`}WcIalNhQDbe~CfknhSA~XIkCugDBbeqKIBowCMa
`_ysbyn[\bcKYocpqeuBvzVZa}P_jbo]J\AnCzK`lhmK@zgwmadc}}bs]JKcon\X@dqPuCzyjlBnGC?b`tR{`bcgz@tnJtaaJmOAtghRBmcAZc`ufEbczcwAbl]_`~m|ia_YKWa|\iXcu]AEa}OVSCh?{b`ct}NbiI`K@qHnsaf]TtAgz\}`kFVL`jnwVdfdJCBxPPoaxYGOC`VTQAhBtSbgx~tBrN@[bstJN@qVLI@c`kNaqQivClmdFbgfa_A|hEvBqlWkC`fQbBay_Z@h`_[BcR^zbpJU^`eeL`b``hAa_F^icy]j`AnFIQa`NN_b
iUAdApWgaAiF?xaswJn`qh\BBaIe@BmhqU@|FWGaaubCAcN~N@y]Mi`rtrMAtwqBAaAoWC`zbuDx_[ObeOJEB{dpNbriaN`_Y^yBswfUboN_B`ssmiao\DP`gIDj@od]R@gnGgayDOeayVP`DcL]HaupnXBdD\Zce?xtajyn]BcXCS@_IQv`{EFdhpRJn@ySPFauRRJao`AlBxIyddhay}i|YzYBfLsP@cQuf`iE~TB_}oq`zckebbES[`dHANcr?[VbrFFMak}_wcaLxO@gBP^BbZVzBiRyhdvEhwAdLoIAuoeRavZZ|arzH[atR|pb
a|?xAwXGba_J{O`hIEaAuom}@keYe@drdkBxvV~BcGRGBmuXo`_kzABgJDqBjygV@m{bCc{wQlAaznYbcYaUbb?RP`orO{byDoZbhHcPDkckqawiHKasuVA@`|WNcdXlabuu`^drVbdaaBT^?gLmMb`^LtDzaKH`yIWfAhEy~Aq^e`e|N`^bwcxi`{Wfq@q@y}e{kjNa_bB[`vHOtBrjRmatE[GBbL~K@ttJXCx}raajxFx`c@vMazppHcxoN`Aia_yA|YGzak@Sb?|kKTBcAcVBvd~ua}LDfDnlIWft@KrBcrlM_xB`\c_wKv@ftyXa
|?pEdzD`mAlg}WAmIRhAaFRVIc@|m@hfnT`}ZLEbtSY_ehTGOCjSm\A`^B`ays^EbeZ]yAc\K~`b_o|@i|wmAfsGwcejAXAnUtNay}HIA`hboAaVoxAyssVCt]fsAanpK@z`J\cnwCAbesU}bnSRd@gwknbaYw?@bBilb_Zr]AhlOsAaCKbD{YHm`mDREAsued`sHab@_nlDbkQpHa`}CX@fGT@ajc\Gb`dz]AdwRCbyyO`AiNRbA}u@Wa|WdP@rZJsar_c`AkG`SDh{OCa`B~CbyE@Hbj_dobiMDYaejVFa}L^CBePeP_r@exdbXsdA
trJU@|emSchvUebl]doB_@`JbrM[NCm}{SblExRBh|Eo@`vNmCq@s_Bnu~NB`Rj]``z[Da}dkYcxgI?bdh@z`fB]ad{rs\D~CbGBybGAeq\IL`v_ZvBcIfMaellFalfZWBpPUxcuXPcBzCqjdjq\@@du`hCi_bybkGcBcr^}Ua`qGeb|ClrbyCZBbdkNra`~hH@y\zXBvrxx`cqQP@rP_\B`zjQ`feNCa_oTTc_u_kCa||P@bTRaByQyHbz~AtD_[l?EwNmk`dHc`Ah}Le`kNroAjY\{`wvPaf`~ga@xW`M@`IUOaelxX`h{jQaxZrAa
v`zfAyLFnCmB|{AeuKJ@sXA|ajaCCbqpP~Fyc}mCuFamajDSEBm|czAeDENc|W@ZB_Axjdfni``__FXChh\_cufPgba^gA`okfABdp{y@c~LeB}{cdalCtvcoAcC@w[j[Bbizcazl@XCt]cBauHx]a_tsT@tkAFbtsSRG_MgIc~RHQAm`qkbay[V`judg`_bnS@j}}OAxnSRAgDcI@e}[JAd@Ioaf^ZS@zDWCaauogdn^ntanjaSAxu^fCpdi~ancqjblh~o@nGQs`kCU}byE]wbxt~?b{qZTcyMsiCcw}[aiU@N`~OQta~xQUA`opHA
svAIahx@ZaqpkL@nPTtadAr?@nqg?daGTG`nLit`sLdEafyqkAoNSBAo@?FAnCRI`ce`ZdxHsVaite}@b_[fAkLeREbzUOAqXQL@hC\sAu@l~adSf]_o^zPB|daFArrZ}`f~}wAy^mDDsP}vb_IID@}Ka[aorUDcvvVcaxpM|al{iIdryQHbhVoxawagW@`UrDalurzA{PvgakrRpacaCkabea^bt[RKAwAcGBwPC]ByLRtakzEMctnPdbpvq^Azogp`swr|DdEAFco`wEbsnRPAwhx{AajWI`cyWr_jm^F@`}nQ_}W~ccsxlFI_Gk?a
_W@kcrMReb_KYKbisz[a`}cL@fHjFDap@ZA|Hyzckww@ba[h_@eKIe?tJTEbhpCcBa|Ygavs}q@bYh]axj[Bc|a]Kgt}RJBnffRd_Rai`sGdMAoQkR@n}?{`w\uGankOt`i\~iCfoaZah^sG@a^ndb`{j^AfsNNBlB~NBsqksAruyJCmChYa|Et\au~ULbaJGiArIzPezgMqau@^iba?uzD}VtgBqROpay@FVBfI{AbbJAKbhy\AB~lzLafciAaqr^harMPnA`{HlavbbsBoBE~BoFpNc|@ZpB~TUTA__aidmKOtD_\o`chZTZDosY]`
v{Ub@ziWeCk@B``qq\raewc]`ecb@_xgFbfdaYA_qBMTacWjca_}\jCwEH\an|Yc`{MBu`oeq``a`jFaxigB@stjPdcqHzbb}oZ`df\~AywdEbw@VXBjWorb|cBEb{p}Ybdlo|ax{K}Bou@|B_LXwBavcGAn`Jn@nI^m@g\VTabhdH`qt~DAjzg_@aHhjbhZg{`_IcL@kKxMcxDcOakDlab|Vx[CakhfAn@i{cqXM[b`vnK@pICFAjrphCimJK`pBrBA`V?B?it|xcsU}xamzOfAaaBMbeIgIAmMpzBwEfYb`{FDc`hk\EldfpBaE\l@
or{CcgINtAiZsc`caDxablKnAlTzJaiYTNdgUOCb`}f[amwKYAvuZoe`uIW@{hDZBaeFmA}|PTan]ZhBzIYFaxfe@bsWI^ae^]ldqKSXapgcbAoSPV@zuQOAqXyKafuYMAdMch_onLnCgL}]Ab~ZYckOFo@rcZRB`kwQFvHjubiS|Ebo{Y}hsJsdavySU`rJSUArw|F@aPQ|?eyUDb{iU~a`vl?`pNzkav@WGB_^^@`}lxiAuRH|Bqb_ja`aEz_`RJy@n^uDby}CYBzlLwbbdTW_vwlxCgtDo@|}]s@bHpZ`k`QXAal{K@fSDPaiJVs@
jvh|E{kB[Bezj\bzxsjaxlTBd|afN`r_jLdnH?QCj}bWAaf[Q`ww_Tb~J?aas|eU@yGN?HeDiza_kSHDzBRHDxJldasBe{A`jQpabqNBC`tTPAzCZREmIN\BbzgIaaL_{Bpd`kcjwBkC`o@t@xzVfbyCx|ab`_JbvHpPC{EFWbsy@iaaGyiAgMdS@bs~Sal?JoAd\kE@uwd?AegfFA`ayaA~Bvg@r{_qEmEaG@k`hvAsm~yCoj]eArcA|CqxhXAejrK_}zLHa_QxfAk}yJa}szLcay`qfi_kj@pfF~BzV|kbsbrLGqr^Sarh~fAfgsuF
}?uvD{o[nB_dlWAzW{YB|kn{Ac?{}BsgHQAfhpCC_nIu@iAflAvKgGa{Lt{beu?a@q[owAu[Hgba`cs@aorc@ew@YBfAOyCaEE@`g@@Y?f`DnAac[uC{^npfcKCa@`lZM`trv[@{CRQBwya@Ay_zkC`Xd}BjTQ^bwgg`fh}@p`f\y@@bV@[@~TUdAiPZxBpIKbcuvZk@`bdr`lMw?aiLnGadD?VDaTQ|`{NGLAnX~l`sEufA_sGdbtWAXedTFeBfG{WE|ZH]AgoUq`qqvca`PTyeh_jucxXTaCfg@sa`}jU@ogvOcrPMmArkQmf_\DTB
kk?E`aDCH`uj@KdmIIGBjz^UBwqHiAaafyCallqFezXoBaGzk`qBUpfcExP?xD`bBduGbd}{HqapKzybfmn@Ag\HJa_KsKe~\vJAgkCBbaj[C`g`K{@k`B]a`oMs`e}Yuak@TrE~kBNAd|tE@bh@a?a|AgaqdqWctIscaxMJaCc@fNalrIWEoPdFBngVQCnw{kcg?Ug@lBwvar?EiAs~nWabUa_Ak~uS@~gqUakBGaB_H[Z`rvizAg_X\Bk{O^BjDbgdbYlV@mKaOddop?dm{GFBq^oOBah\v`c@@Jb`XSUbwecLCocCgcdgYaApSkxA
qtE?A~BZLAn@MK`bxKJDepcqcaS[B@mOBs@bz]HBbSI]BrqW]@o\|]Ft@^~argWqCkT]_byqLEAm}nY@jbON@gf{MdcEI]`bGHMaucAOBw@oe``Xz``_JG|AqVGyanuL`BkbIpAq`L[CfZ|iDwjD]byWFGBazOhcpBYGAiOWg@}`qCawQjXalmBAalG~za_NE~AqmC^Ba[qr@dGKMBjv?_ChADfdvW`|apGDqDnjqgB``u~`nuEK``y\n@gWMeApYaJD__{z`dK@\`eLQKBvwZdBli{WA|IcUB{znfccllnBqyRNC}{Sob_t]d@~yumc
snzuafE}Ub}jABCf}VPAalp[GfB^Jaj?\S`cMumBgQ]nBwv^[Ag]q~CcshxDgbxf`rl\iByzveac`b]C{zgqavSvjbtfnQAdTeJ`c`mZDlq@xay[XcdaC_natFk`btoIrAp?B]BpMvg_csxTA~jIHB|FJKa`w@}Bl?iCArY[Tap[XPArfXQazYwAbqWRKep\Gi@fxOi@zpQQF|BoHAbLewAuVEtDeurxbeuMjbjoacau\aXbnKUpDkhykBrF``Ex]ViAz@pmbp~\mbaSaFb`fvc`~G`hbbVn[`baeBaunm\a}dtIBuDQCAcjvj@qMT|a
mtKZAbXZXHz|FxAnmvNbaRnKbeBLjB_ErSAz|YhabH@NAhAlJA|yR`daCjp?fuzdB|l^I`rJqlBpePNBl`DBFcb]{@s@vbC~TcYdvzcCBp^_?@l[zab{whwa{`eTbaZcAapDtQe~DMxCo?y{`rXSVCfQRQArquHC{PmN@deF}Asz@CcrVP\amKyOAhQ_[H|UmYjp^AYCyXFiBwuTcBzwSA`d?Q{BneFiBsd][anHyWasrB[`rlcXAjy]JAokM~B`M\}@ji_d`x~JKIlLQybqd`Xa_S~{AkRqLA_[ABArc?}C|ZwHAqWyRanjkjcmXe~B
ydPadoi[kbxZuuAnBdNB_F|yagIgObe``z@jK?qAo\`rBoLNfB}YsjC|}oYbdlEUalg_wbq\E^AmkeveyOrvail\T?_Vx?_g{h]B~zu[bbmsXBy]v}bgprtauxjsaqylJAum\`avnfgAxmxrAbUWmfl[dka_l~T`iKq_@bEcgAt{{gbbg|LddL\{Dw@cF@zch^bjUIsBjLOZAyULEBqY~ia_FRRaxSzxAlm|AeuqJHBcqA_CqhZqCgUkgbsZ\G`ek^PBmnDya_@n_`glzF@ciruaeHeEaqE{U@fPuDao_PnBjVxqbfxSHcqIAO@`e_T@
ndkoC~eTOChPpKB{QpdAjnZjdwZfb`lxpKae@t@AfSmdAwZ_aC_^rLCoFbxdcILma{Qu?ciAx]adWuRDa|VVBcRV^Ew]BSBhZQjabQrr`zzUWad}xl@y~h|ddIwl@djfXcgEYU@eOmBAgMO~@u[ufaq@IM@_{lWAf{N~AgSxffjS`Laf`BS`m??fDt^CiAc?KKauZTnaiWP^@gH`AaqanBbkPTIa_MuTag^NmCi?itdzNfKffbHY@ckORBluJXExl?rdfQ^MA}L[m`_cBt_lDKPa`]OqaxTiLatN]hAj?eabiyLidd\G{agHeBaoHOd@
`UWd@hKswAfCnhb|jEtAx]eXdlbD\AbdYnAaxbfBbXGnasvCIc}NYkAbiLo@naWl`njqS@ePm\ddwhAAp@V_AaY@KbwfrfBvyreA~rlObhuePAvsbM`ikv{`qnK_eqUoEc_X_^bpCkKCgD_XBc_HxBxvIY`kCEBBgepw`pm~JcxRkBAnjupBz]}gB}TPxa_`M|_ria~bs[ZpAd`hTacy_?_my|wBezEne~f_qct]{fDdYEpazX~jbxmlaavsTXBkzknFr[DYbg\UKakNvibpdWiimdg^anpUwah?O_CxGdiCtph\akTU|asmsxDjGTsE
wnICDn^ROae]Q[@uJDo`uE~@bnczkb`^Moba|TLbeh?C@jt}`bq]JvFdGnqaiYkUadDkwCjXO_dt{^lfkXVy@lvjDbhsmPAw]ABAaab}`zkLga{\^sbw[YBB{Vxmce[}l@{_x{btz?bDsiosBfq[cak~\XCnDNSbftA_@cvShb__yD@e`rpck[pg@nc\Ta_]RzBzygBAyrp[d|DqJd}i{vcqMsCAsfeNbnjg@cp]?[ColU^CmeCLbj@pzamMQockJAkAdU|b?hdza@ybKQ`wwLVb_EcJ@gCuCAeDWW@nxRLaxQ`oClEqTamxHcag^?[B
]=]) },
{ inputs = 64, outputs = 6, width = 64, product = product64, y = {},
bias = rows(6, -26, [=[
`fMgggg`|@aD[Q@bjkKaoSTr?}jvTA
]=])[1],
weight = rows(64, -26, [=[
_WBfae[ImHbiIl_iTK?`sCbDBjRaj@cxJ}?f@CCA~YMzapEIN`jITZ@|Fa|a~TAnbr{JU@w_URHrNAK`vmGY`vnrLafleJ@ox`p@oPBd`gz}m`}oJdC`nqzbuEpfcyb~aA|hJda}U]A@eGft`n~HEeoxNT`ebuceoveyagcLiCj}KwBmxrxa_R|}`ddeWayBad@nSE{ahP|sAgAcqa|fQGbmrs_`q_RdBbhtJBqup[@~h|LBuN~DefCKQF`ypfA_dD\A_s`e_zK\nanD\IBaWC{Aiq\[AxwBEdsjQfCq?qDbx`BTct}UQaiONTBe{]sc
sTl^BeHt_@pMTV``}AwabMmP@uGv@a~`BxazJCE?s`v{czB\Mbz}qR@mPpndeQHk_g@lL@h?N}?iGFXA{lsr`bszc@iSqm_v^da@ciMq_z{NXa}FEP@emF|?d_x@_rl?jAwwYP`_wVPa_WpBamYTqA{w}S?r^tTAxXLFB`FCo@eTkOAcpvI?jxWDFy}szEao|KAg}S}@nwDM`lyJEc`fhW?jPZN`d`mQ@o]d|?oBnF`pWJd_yJLbCzC~?agBhA_uYW|AoDT`_hTfY?_qN``dlHM_q@c}cd?uh?vXFq`flf}?dXR}?|BKzbtht`FspeYa
cz@_`}{NyaryPHGgYsn@_ptx`cx[ucnbLy@b\|I?pfg?dyGU_drFZaitoTKau|zVAiIX^BzD`kBlE{V`nrIL@d[ShAjiPH?{IJP`pL{^`n_J[CvKg^Ab?zu_gjvqcdlJj`ctDI?x^MkB{YGFAt|_A@cRasAgMUbBcLg`ck}lS?fuy@ecprW@hPLeae[@c_`qgSCrn?n?_tJ}BwXMYBoZrrcqtdD`cX@K_jaEz`cmSO?mjEvEldo_bkfYb`c\KVB{y~vByki\dvyeQa{O]oBhGu|@muQycrXWqAgQK|_tO\aD{UOO`yPAV@a@^jBmrigB
te^i``RU}amXlR@zh`Q@zS\xBg?JU`qkwxgkORfajyEYAnLQ``oGD}`i|O~?o`UL@kZM}avCkZbxl\gbchLO_aJnDAfEmfah@[c`em\JapbCdAiKkL@`Bh{AeN|w@hD?nBnrpy@jtu`BdToUC}VRkbgU~G@f`m`eyUaPAbjWhApxwA@uaMu`egPz?v\zvapLA]c_\q_Az}`FBp@vob{{yoAjZ}IBdrUS@yEIlAwy_Yae\BeaxBEfBr?hwBjqTkdg^vn`ob[[Cz@[IbaLeBbg}Wz_kkueBzlTqa`Dg_@r}near\hc`}TlAbvhnzaaKjVc
qusYfaXZjenDFz@gKaBDaXQubxGesaeRbd@jLKMAjXNj`|RwPal}uH`nnYv@ckww@`tYACmJ_r?encV`nAdt`nKRt`vnj|BbuGI_jSdt_dGaN`zAlt`kdQj`dPrXahkKUDqLL}@oONW@jugGAvu`eawZkTAb@_i_myWf@ecJ```rEZBgspcAb}vh?svOyCj]o__ypdedlGOQB~hCaboPaD_yN]LAw`hpBfsvS@tVQYajGVnbz]gc@bylOaibLj?hh_B@nDw]@cie^_{Lsy`pZm?`a{ec`u?`^AfalEc~Sc_BdFJPAe]X]D|IG[Aa}Afc
k?Fa?t\MLA`esH?dt]??{{Cz@ffcj@a?Jc`mw~G`gc_fAqfBH`j~_}_oWNk@h`YibhU}J@cg|Kbe^Ho?n\CFBkZ[@`|MMy`~LYlcdhuObrDXN`yyiwA_JSe__M_y@o{NnblfH[a}km|`nP}B_gkXcavcXDbjsBX`uCg?BuiT{`bbnu@doosah[ZtA{SDf@aFksbrNbVAc[bGc|H`W@hQT\B|n_qD`U~oaes~n?cPva`ux|oecwbaax|an@o`\aAzBhu`xI@g?g?X~EiegvbwmhNbbC}h`|ifwdvWt]EunRSdsOpE@dFAL@pIab`ycE?A
]=]) },
}

local input = {} -- and each layer's outputs: filled up with zeros to the last piece's width
for i = 1, 19 do input[i] = 0 end
for l = 1, #layers do
  for i = 1, layers[l].outputs + 64 do layers[l].y[i] = 0 end
end

return function(observation, random)
  if #observation ~= 19 then
    error("brain: " .. #observation .. " observations given, 19 needed", 2)
  end
  for i = 1, 19 do
    local v = (observation[i] - center[i]) * inverse[i]
    if v > clip then v = clip elseif v < -clip then v = -clip end
    input[i] = v
  end
  local y = input
  for l = 1, 3 do
    local layer, x = layers[l], y
    local n, from = layer.outputs, layer.bias
    y = layer.y
    local first = 0
    for at = 0, layer.inputs - 1, layer.width do
      layer.product(layer.weight, first, n, x, at, from, y)
      first, from = first + n, y
    end
    if l < 3 then activate(y, n) end
  end
  local action = {}
  for i = 1, 6 do
    local value = y[i]
    if random then
      value = value + exp(log_std[i]) * sqrt(-2 * log(1 - random())) * cos(6.283185307179586 * random())
    end
    action[i] = value
  end
  return action
end
